"""Where LINE sends an account's webhooks: asked, changed and tried out through its API."""

from channels_app.adapter import Credentials, WebhookSettings, WebhookTest

from .client import Unclear, Unreachable, call
from .text import storable

ENDPOINT = "/v2/bot/channel/webhook/endpoint"
TEST = "/v2/bot/channel/webhook/test"


def fetch(credentials: Credentials) -> WebhookSettings | None:
    """LINE answers 404 while no address is set."""
    try:
        answer = call("GET", ENDPOINT, token=credentials.access_token)
    except (Unreachable, Unclear):
        return None
    if answer.status == 404:
        return WebhookSettings(address="", active=False)
    if not answer.ok:
        return None
    return WebhookSettings(address=storable(str(answer.body.get("endpoint") or ""))[:500], active=answer.body.get("active") is True)


def change(credentials: Credentials, address: str) -> str:
    """Setting the same address twice is harmless, so an unclear answer is only worth another press of the button."""
    try:
        answer = call("PUT", ENDPOINT, token=credentials.access_token, body={"endpoint": address})
    except (Unreachable, Unclear) as error:
        return str(error)
    return "" if answer.ok else answer.words or str(answer.status)


def test(credentials: Credentials, address: str) -> WebhookTest | None:
    """LINE: at most 60 an hour. It waits for our answer as long as for any webhook's."""
    try:
        answer = call("POST", TEST, token=credentials.access_token, body={"endpoint": address})
    except (Unreachable, Unclear):
        return None
    if not answer.ok:
        return WebhookTest(success=False, reason=str(answer.status), detail=answer.words)
    reason, detail = (storable(str(answer.body.get(name) or "")) for name in ("reason", "detail"))
    return WebhookTest(success=answer.body.get("success") is True, reason=reason[:100], detail=detail[:500])
