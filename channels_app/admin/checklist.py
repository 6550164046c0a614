"""The first admin page: what has to be there before the first answer, in the order in which people do it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from channels_app import registry
from channels_app.models import AccountState, Channel, MessagingAccount, WebhookEvent
from channels_app.texts import texts_for
from workstreams.models import Ruleset, Workstream

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing to be done. `url` leads to where it is done; `outside` when that isn't in this product."""

    title: "StrOrPromise"
    help: "StrOrPromise"
    done: bool
    action: "StrOrPromise"
    url: str
    outside: bool = False


def checklist() -> list[ChecklistItem]:
    """The items with their state. A verified account proves that handle and channel exist on the platform."""
    accounts = MessagingAccount.objects.exclude(state=AccountState.REMOVED)
    verified = accounts.filter(verified_at__isnull=False).exists()
    active = accounts.filter(state=AccountState.ACTIVE).exists()
    channels = Channel.objects.filter(removed_at=None)
    return [*_platform_items(verified), *_own_items(active, channels.exists(), _workstream())]


def _platform_items(verified: bool) -> list[ChecklistItem]:
    texts = texts_for((registry.offered_types() or list(registry.ADAPTERS))[0])
    guide = _("Read the guide")
    return [
        ChecklistItem(texts.handle, texts.handle_help, verified, guide, texts.handle_link, outside=True),
        ChecklistItem(texts.platform_channel, texts.platform_channel_help, verified, guide, texts.platform_channel_link, outside=True),
    ]


def _own_items(active: bool, attached: bool, workstream: Workstream | None) -> list[ChecklistItem]:
    texts = texts_for((registry.offered_types() or list(registry.ADAPTERS))[0])
    rules_url = reverse("admin:routing_rules", args=[workstream.public_id]) if workstream else reverse("admin:workstreams")
    received = WebhookEvent.objects.filter(kind="message").exists()
    return [
        ChecklistItem(
            _("Messaging account"),
            _("Connect the channel with its ID, secret and token, and give %(channel)s the callback URL.") % {"channel": texts.label},
            active,
            _("Accounts and channels"),
            reverse("admin:accounts"),
        ),
        ChecklistItem(
            _("Workstream and %(set_up)s") % {"set_up": texts.set_up},
            _("A workstream decides how conversations reach agents. Attach the account to it."),
            attached,
            _("Workstreams"),
            reverse("admin:workstreams"),
        ),
        ChecklistItem(
            _("Routing rules"),
            _("Send conversations to the right queue by the first message, the language, or who the customer is."),
            _rules_in_use(),
            _("Routing rules"),
            rules_url,
        ),
        ChecklistItem(
            _("First message received"),
            _("Write to the account from %(channel)s. The message appears in the inbox of an agent who is available.")
            % {"channel": texts.label},
            received,
            _("Messaging accounts"),
            reverse("admin:accounts"),
        ),
    ]


def _rules_in_use() -> bool:
    """Whether a workstream with a channel has rules in its current version."""
    attached = Channel.objects.filter(workstream=OuterRef("workstream"), removed_at=None)
    newer = Ruleset.objects.filter(workstream=OuterRef("workstream"), version__gt=OuterRef("version"))
    return Ruleset.objects.filter(Exists(attached), ~Exists(newer)).exclude(content__routes=[]).exists()


def _workstream() -> Workstream | None:
    """The workstream whose rules the checklist leads to: one with a channel, if there is one."""
    attached = Exists(Channel.objects.filter(workstream=OuterRef("pk"), removed_at=None))
    return Workstream.objects.annotate(attached=attached).order_by("-attached", "pk").first()
