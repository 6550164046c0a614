"""The demo's shop, made through the product's own actions: what an administrator would have clicked, and who writes first."""

import secrets
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from channels_app import accounts, channel_setup
from channels_app.models import AccountState, MessagingAccount, ReadMarks, SecretKind
from config.demo.shop import (
    ACCOUNT,
    AOBA,
    CHANNEL_ID,
    CUSTOMERS,
    EVERYONE,
    QUICK_REPLIES,
    RETURN_WORDS,
    RETURNS,
    STAFF,
    TAIWAN_AND_THAILAND,
    WORKSTREAM,
    Colleague,
)
from config.demo.stage import at_line
from config.models import Pulse
from conversations.fact_catalogue import FIRST_TEXT, LANGUAGE
from conversations.models import QuickReply
from conversations.quick_replies import save_quick_reply
from workstreams.configuration import change_settings_of_all, create_workstream
from workstreams.models import Queue, TransferTo, User, Workstream
from workstreams.queue_setup import save_queue
from workstreams.rulesets import new_rule_id, publish
from workstreams.staffing import save_person


def seed_shop() -> None:
    """Makes the shop once; what the demo's people change afterwards stays. Tells the simulator about accounts and customers each time."""
    if not Pulse.objects.filter(name=Pulse.SEEDED).exists():
        _make_shop()
        Pulse.objects.create(name=Pulse.SEEDED, at=Now())
    _tell_simulator()


def _make_shop() -> None:
    """Every step may find its work done already: an earlier seed may have been interrupted."""
    queues = {name: _queue(name, priority) for name, priority in ((RETURNS, 10), (TAIWAN_AND_THAILAND, 20), (EVERYONE, 100))}
    for colleague in STAFF:
        _hire(colleague, queues)
    root = User.objects.get(username="root")
    # A small shop: Alice may hand to Bob what went to Returns, though only she and Charlie, who has no door, are offered it.
    change_settings_of_all(actor=root, transfer_to=TransferTo.EVERYBODY)
    workstream = Workstream.objects.filter(name=WORKSTREAM).first() or create_workstream(
        actor=root, name=WORKSTREAM, channel_type="line", mode="push", fallback_queue=queues[EVERYONE]
    )
    account = _connect_account(root)
    if not account.channels.filter(removed_at=None).exists():
        draft = channel_setup.start_setup(actor=root, workstream=workstream, account=account)
        features: dict[str, Any] = dict.fromkeys(("attachments_enabled", "customers_send_attachments", "agents_send_attachments"), True)
        features |= {"read_marks": ReadMarks.OPENED, "typing_shown": True}
        channel_setup.save_page(draft=draft, page=channel_setup.BEHAVIORS, routes_groups=True)
        channel_setup.save_page(draft=draft, page=channel_setup.USER_FEATURES, language="ja", **features)
        channel_setup.finish_setup(actor=root, draft=draft)
    if not workstream.rulesets.exists():
        routes = [
            _route("Something came back", queues[RETURNS], FIRST_TEXT, "contains_any", RETURN_WORDS),
            _route("Chinese and Thai", queues[TAIWAN_AND_THAILAND], LANGUAGE, "in", ["th", "zh"]),
        ]
        publish(workstream=workstream, content={"classification": [], "routes": routes}, actor=root)
    for slug, title, language, text in QUICK_REPLIES:
        if not QuickReply.objects.filter(owner=None, slug=slug).exists():
            save_quick_reply(reply=QuickReply(), slug=slug, title=title, text=text, language=language)


def _route(name: str, queue: Queue, fact: str, operator: str, words: list[str]) -> dict[str, Any]:
    condition = {"fact": fact, "operator": operator, "value": words}
    to = [{"queue": queue.pk, "percent": 100}]
    return {"id": new_rule_id(), "name": name, "enabled": True, "when": {"all": [condition]}, "to": to, "overflow": None}


def _queue(name: str, priority: int) -> Queue:
    return Queue.objects.filter(name=name).first() or save_queue(queue=Queue(name=name, priority=priority), members=[])


def _hire(colleague: Colleague, queues: dict[str, Queue]) -> None:
    if User.objects.filter(username=colleague.username).exists():
        return
    save_person(
        person=User(username=colleague.username, first_name=colleague.name, role=colleague.role),
        password=colleague.username,
        takes_work=bool(colleague.queues),
        public_name=colleague.name,
        languages=colleague.languages,
        units_total=100,
        queues=[queues[name] for name in colleague.queues],
    )


def _connect_account(root: User) -> MessagingAccount:
    """As the wizard does it: draft, credentials, check, finish. The simulator stands in for LINE's console."""
    account = MessagingAccount.objects.filter(channel_id=CHANNEL_ID).exclude(state=AccountState.REMOVED).first()
    if account is None:
        account = accounts.create_draft(actor=root, name=ACCOUNT, channel_type="line")
        account = accounts.save_credentials(
            actor=root,
            account=account,
            channel_id=CHANNEL_ID,
            channel_secret=secrets.token_hex(16),
            access_token=secrets.token_urlsafe(48),
        )
    _register(account)
    if account.state == AccountState.DRAFT:
        check = accounts.check_account(actor=root, account=account)
        if check.problem:
            raise RuntimeError(f"The simulator doesn't accept the demo's account: {check.problem} {check.detail}")
        account = accounts.finish_account(actor=root, account=account)
    return account


def _tell_simulator() -> None:
    """It may have lost its file, and this installation's port may have changed."""
    for account in MessagingAccount.objects.filter(channel_type="line", state=AccountState.ACTIVE):
        _register(account)
    if not MessagingAccount.objects.filter(channel_id=CHANNEL_ID, state=AccountState.ACTIVE).exists():
        return
    known = {user["user_id"] for user in at_line(f"/sim/users?channel_id={CHANNEL_ID}")["users"]}
    for customer in CUSTOMERS:
        if customer.user_id not in known:
            facts: dict[str, Any] = {"user_id": customer.user_id, "display_name": customer.name, "language": customer.language}
            picture = f"{settings.LINE_API_BASE}/pictures/{customer.portrait}.png"
            facts |= {"picture_url": picture, "without_id": customer.nameless}
            at_line("/sim/users", {**facts, "channel_id": CHANNEL_ID, "silent": True})
    if AOBA.group_id not in {group["group_id"] for group in at_line(f"/sim/groups?channel_id={CHANNEL_ID}")["groups"]}:
        facts = {"group_id": AOBA.group_id, "name": AOBA.name, "member_ids": [member.user_id for member in AOBA.members]}
        at_line("/sim/groups", {**facts, "channel_id": CHANNEL_ID, "silent": True})


def _register(account: MessagingAccount) -> None:
    secret = accounts.current_secret(account, SecretKind.CHANNEL_SECRET)
    token = accounts.current_secret(account, SecretKind.ACCESS_TOKEN)
    if secret is None or token is None:
        return
    facts = {"channel_id": account.channel_id, "channel_secret": secret.value, "access_token": token.value}
    at_line("/sim/channels", {**facts, "webhook_url": account.callback_url, "display_name": account.bot_name or account.name})
