"""The product's requests against LINE's own description of its API and the limits that it lacks."""

import copy
import json
import re
import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from channels_app.line.checks import problem_with_message

from .line_openapi import FOLDER, description, errors_of

PRODUCT = "trunkline"
# Pictures of stickers and the like lie elsewhere.
API = ("/v2/", "/oauth2/")
FILES = ("messaging-api", "channel-access-token")
# LINE: only these take a retry key, and a reply with one is refused.
WITH_RETRY_KEY = tuple(f"/v2/bot/message/{kind}" for kind in ("push", "multicast", "narrowcast", "broadcast"))
LARGEST = 2 * 1024 * 1024


def wrong_requests(entries: list[dict[str, Any]]) -> list[str]:
    """What LINE would find wrong with the product's requests among the simulator's entries; nothing where the description isn't there."""
    if not FOLDER.is_dir():
        return []
    ours = [entry for entry in entries if entry["headers"].get("user-agent") == PRODUCT and entry["path"].startswith(API)]
    return [f"{entry['method']} {entry['path']}: {problem}" for entry in ours for problem in wrong_in(entry)]


def wrong_in(entry: dict[str, Any]) -> list[str]:
    found = _operation(entry["method"].lower(), entry["path"])
    if found is None:
        return ["LINE has no such endpoint"]
    file, operation = found
    return [*_wrong_headers(entry), *_wrong_body(entry, file, operation), *_wrong_limits(entry)]


@cache
def _operation(method: str, path: str) -> tuple[str, Any] | None:
    for file in FILES:
        paths = description(file)["paths"]
        for template in sorted(paths, key=lambda template: template.count("{")):
            pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and method in paths[template]:
                return file, paths[template][method]
    return None


def _wrong_headers(entry: dict[str, Any]) -> list[str]:
    key, wrong = entry["headers"].get("x-line-retry-key"), []
    if key is not None and entry["path"] not in WITH_RETRY_KEY:
        wrong.append("a retry key, which this endpoint refuses")
    if entry["path"] in WITH_RETRY_KEY:
        try:
            uuid.UUID(key or "")
        except ValueError:
            wrong.append("no retry key, so it could never be repeated")
    return wrong


def _wrong_body(entry: dict[str, Any], file: str, operation: Any) -> list[str]:
    contents = operation.get("requestBody", {}).get("content", {})
    body = entry["body"]
    if not contents:
        return [] if body is None else ["a body, and LINE wants none"]
    given = entry["headers"].get("content-type", "").partition(";")[0]
    if given not in contents:
        return [f"the content type {given}"]
    if given != "application/json":
        body = {name: values[0] for name, values in parse_qs(body or "").items()}
    return errors_of(file, contents[given]["schema"], body)


def _wrong_limits(entry: dict[str, Any]) -> list[str]:
    """By hand: UTF-16 units and graphemes, https, and what else OpenAPI can't say."""
    body = entry["body"]
    if not isinstance(body, dict) or "messages" not in body:
        return []
    wrong = [] if len(json.dumps(body).encode()) <= LARGEST else ["more than 2 MB"]
    to_group = str(body.get("to", "C"))[:1] in "CR"
    return wrong + [problem for message in body["messages"] if (problem := problem_with_message(message, to_group=to_group))]


def broken_of(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message without each of its properties in turn, and with another type in its place."""
    for path in list(_paths(message)):
        for change in ("drop", 7, "x", []):
            made = copy.deepcopy(message)
            holder: Any = made
            for step in path[:-1]:
                holder = holder[step]
            if change == "drop":
                if isinstance(holder, list):
                    continue
                del holder[path[-1]]
            else:
                holder[path[-1]] = change
            yield made


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node[:1]) if isinstance(node, list) else ()
    for step, value in entries:
        yield (*path, step)
        yield from _paths(value, (*path, step))
