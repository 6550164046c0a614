"""Wrong settings stop the start with an error that has a name."""

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from config import checks, startup
from tests import builders


def ids_of_errors() -> set[str]:
    return {message.id for message in run_checks(databases=["default"]) if message.id.startswith("trunkline.")}


@pytest.mark.django_db
def test_the_settings_of_the_tests_are_right():
    assert ids_of_errors() == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"SECRET_KEY": ""}, "trunkline.E001"),
        ({"ENCRYPTION_KEYS": []}, "trunkline.E002"),
        ({"ENCRYPTION_KEYS": ["too short"]}, "trunkline.E003"),
        ({"ENCRYPTION_KEYS": [Fernet.generate_key().decode(), "ключ"]}, "trunkline.E003"),
        ({"PUBLIC_BASE_URL": "support.example.com"}, "trunkline.E005"),
        ({"PUBLIC_BASE_URL": "https://support.example.com/line"}, "trunkline.E005"),
        ({"PUBLIC_BASE_URL": "https://support.example.com:port"}, "trunkline.E005"),
        ({"PUBLIC_BASE_URL": "ftp://support.example.com"}, "trunkline.E005"),
        ({"PUBLIC_BASE_URL": "https://[support"}, "trunkline.E005"),
        ({"CHANNEL_TYPES": ["line", "lime"]}, "trunkline.E006"),
        ({"PUBLIC_BASE_URL": "https://support.example.com", "ALLOW_INSECURE_LOOPBACK": True}, "trunkline.E007"),
        ({"PUBLIC_BASE_URL": "https://127.0.0.1.example.com", "ALLOW_INSECURE_LOOPBACK": True}, "trunkline.E007"),
        ({"DEMO_MODE": True, "PUBLIC_BASE_URL": "https://support.example.com"}, "trunkline.E008"),
        ({"DEMO_MODE": True, "ALLOWED_HOSTS": ["localhost", "support.example.com"]}, "trunkline.E009"),
        ({"DEMO_MODE": True, "ALLOWED_HOSTS": ["*"]}, "trunkline.E009"),
        ({"LINE_API_BASE": "http://line.example.com"}, "trunkline.E010"),
        ({"LINE_DATA_API_BASE": "nonsense"}, "trunkline.E010"),
        ({"ALLOW_INSECURE_LOOPBACK": False, "LINE_API_BASE": "http://127.0.0.1:9"}, "trunkline.E010"),
    ],
)
def test_a_wrong_setting_is_named(settings, wrong, error):
    for name, value in wrong.items():
        setattr(settings, name, value)

    assert error in ids_of_errors()


@pytest.mark.django_db
@pytest.mark.parametrize(("pages", "errors"), [(9, set()), (10, {"trunkline.E013"})])
def test_pages_must_leave_a_connection_to_webhooks(settings, monkeypatch, pages, errors):
    options = settings.DATABASES["default"]["OPTIONS"]
    monkeypatch.setitem(options, "pool", {"max_size": 10})
    settings.PAGES_AT_ONCE = pages

    assert {error.id for error in checks.check_places()} == errors


@pytest.mark.django_db
def test_demo_mode_on_this_machine_is_right(settings):
    settings.DEMO_MODE = True
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]

    assert ids_of_errors() == set()


@pytest.mark.django_db
def test_a_public_installation_is_right(settings):
    settings.ALLOW_INSECURE_LOOPBACK = False
    settings.PUBLIC_BASE_URL = "https://support.example.com"
    settings.ALLOWED_HOSTS = ["support.example.com"]
    settings.LINE_API_BASE = "https://api.line.me"
    settings.LINE_DATA_API_BASE = "https://api-data.line.me"

    assert ids_of_errors() == set()


@pytest.mark.django_db
def test_keys_that_do_not_open_the_database_stop_the_start(settings):
    builders.account()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert "trunkline.E004" in ids_of_errors()


@pytest.mark.django_db
def test_a_new_key_before_the_old_one_still_opens_the_database(settings):
    builders.account()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]

    assert ids_of_errors() == set()


@pytest.mark.django_db(transaction=True)
def test_a_server_process_stops_with_every_error_in_words(settings):
    settings.ENCRYPTION_KEYS = []
    settings.CHANNEL_TYPES = ["lime"]

    with pytest.raises(ImproperlyConfigured) as stopped:
        startup.stop_if_wrong()

    assert "trunkline.E002: ENCRYPTION_KEYS is not set." in str(stopped.value)
    assert "trunkline.E006" in str(stopped.value)


def test_a_worker_stops_when_a_setting_is_wrong(monkeypatch):
    from config.celery import stop_if_settings_are_wrong

    def refuse() -> None:
        raise ImproperlyConfigured("trunkline.E001: SECRET_KEY is not set.")

    monkeypatch.setattr(startup, "stop_if_wrong", refuse)

    with pytest.raises(SystemExit, match=r"trunkline\.E001"):
        stop_if_settings_are_wrong()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("alice.localhost", True),
        (".localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("", False),
        ("*", False),
        ("localhost.example.com", False),
        ("notlocalhost", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_loopback_is_this_machine_only(host, loopback):
    assert checks.is_loopback(host) is loopback


def test_beat_only_asks_for_tasks_that_exist(settings):
    from config.celery import app

    app.loader.import_default_modules()

    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
