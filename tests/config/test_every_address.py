"""Every address of the product, found in its URL configuration, refuses strangers; the few that don't are named here."""

import re

import pytest
from django.urls import URLPattern, get_resolver

# Live updates answer 501 here, for tests are served by WSGI; their own tests hold who may listen.
OPEN = {"/healthz", "/login/", "/admin/login/", "/admin/logout/", "/admin/jsi18n/", "/live/"}
SAMPLES = {"int": "1", "str": "sample", "slug": "sample", "path": "sample", "uuid": "00000000-0000-0000-0000-000000000000"}


def addresses(patterns=None, before="/"):
    for each in get_resolver().url_patterns if patterns is None else patterns:
        route = getattr(each.pattern, "_route", None)
        if route is None:
            continue  # a regular expression: admin's page for addresses that don't exist
        here = before + re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES.get(match[1] or "str", "sample"), route)
        if isinstance(each, URLPattern):
            yield here
        else:
            yield from addresses(each.url_patterns, here)


ALL = sorted(set(addresses()))


def test_there_are_addresses_to_look_at():
    assert len(ALL) > 60
    assert set(ALL) >= OPEN


@pytest.mark.django_db
@pytest.mark.parametrize("address", [address for address in ALL if address not in OPEN])
@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_get_nothing(client, address, method):
    answer = getattr(client, method)(address)

    assert answer.status_code in (301, 302, 401, 403, 404, 405), f"{answer.status_code} from {address}"
    if answer.status_code in (301, 302):
        assert re.match(r"(/admin)?/login/|/$", answer["Location"]) or address.rstrip("/") in answer["Location"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", [address for address in ALL if address.startswith(("/admin/", "/supervisor/"))])
def test_agents_get_nothing_of_administrators_and_supervisors(client, alice, address):
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    if address in OPEN:
        return
    assert client.get(address).status_code in (302, 403, 404, 405)
    assert client.post(address).status_code in (302, 403, 404, 405)
