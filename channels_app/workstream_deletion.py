"""Deleting a workstream: only when nothing needs it any more, neither a channel nor what was said on one."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_app.models import Channel
from workstreams import ports
from workstreams.audit import record_deletion
from workstreams.models import User, Workstream


@dataclass(frozen=True, slots=True)
class Use:
    """Something that needs a workstream, in words; `channel` is what could be removed."""

    words: str
    channel: Channel | None = None


class InUse(Exception):
    """The workstream can't be deleted; `uses` says what needs it."""

    def __init__(self, uses: list[Use]) -> None:
        super().__init__("; ".join(use.words for use in uses))
        self.uses = uses


def uses_of(workstream: Workstream) -> list[Use]:
    """The channels that serve it, and the conversations that were had on it, on removed channels too."""
    live = Channel.objects.filter(workstream=workstream, removed_at=None).select_related("account").order_by("account__name")
    uses = [Use(_("Channel: %(name)s") % {"name": channel.account.name}, channel) for channel in live]
    # `channel` is the one field that this needs of work beyond `WorkItem`.
    work: Any = ports.work_item_model()._default_manager
    count = work.filter(channel__in=Channel.objects.filter(workstream=workstream)).count()
    if count:
        words = ngettext("%(count)s conversation", "%(count)s conversations", count) % {"count": count}
        uses.append(Use(_("%(conversations)s, with everything that was said: these are never deleted") % {"conversations": words}))
    return uses


def delete_workstream(*, actor: User | None, workstream: Workstream) -> None:
    """The workstream with its rules, its time-out rules, and the removed channels on which nobody ever wrote.

    Its queues stay. `InUse` while something needs it. Locks the workstream, so that no channel comes meanwhile.
    """
    with transaction.atomic():
        locked = Workstream.objects.select_for_update().filter(pk=workstream.pk).first()
        if locked is None:
            return
        if uses := uses_of(locked):
            raise InUse(uses)
        record_deletion(actor=actor, target=locked)
        Channel.objects.filter(workstream=locked).delete()
        locked.delete()
