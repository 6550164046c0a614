"""*Journal*: every webhook event as the platform sent it, what became of it, and another try for those that need one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from channels_app import event_journal, replay, retention
from channels_app.access import event_to_inspect, journal_of
from channels_app.models import MessagingAccount, WebhookEvent
from conversations.contact_search import find_contacts
from conversations.models import Contact, Message, ProfileKind, SocialProfile
from workstreams.access import require_administrator
from workstreams.admin.pages import Crumb, show_page
from workstreams.audit import record_change

from .journal_forms import JournalForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CUSTOMERS_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the list shows it. `customer` is empty where nobody is known by that id, `reason` where there is nothing to say."""

    event: WebhookEvent
    customer: str
    reason: "StrOrPromise"


@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    """The newest events that fit the filters, never their content."""
    events = journal_of(request.user)
    form = JournalForm(request.GET)
    found, note = _found(events, form)
    page = event_journal.page_of(found, after=request.GET.get("after", ""))
    asked = {name: str(value) for name, value in request.GET.items() if value and name != "after"}
    context: dict[str, Any] = {
        "form": form,
        "note": note,
        "lines": _lines(page.events),
        "filtered": bool(asked),
        "first_page": "after" not in request.GET,
        "newest_url": _address(asked),
        "older_url": _address(asked | {"after": page.older}) if page.older else "",
        "here": request.get_full_path(),
    }
    return show_page(request, "admin/console/journal.html", title=_("Journal"), crumbs=_crumbs(), **context)


def _found(events: QuerySet[WebhookEvent], form: JournalForm) -> tuple[QuerySet[WebhookEvent], str]:
    """The events that were asked for, and whom or what the search words were taken for."""
    words = form.words if form.is_valid() else ""
    if not words:
        return form.wanted(lanes=[]).within(events), ""
    called = event_journal.events_called(words)
    if called.exists():
        return form.wanted(lanes=[]).within(called), ""
    profiles = _profiles_called(words)
    lanes = event_journal.lanes_of_customer(words) + [f"{profile.kind}:{profile.line_id}" for profile in profiles]
    names = list(dict.fromkeys(profile.shown_name for profile in profiles))
    return form.wanted(lanes=lanes).within(events), ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def _profiles_called(words: str) -> list[SocialProfile]:
    """Customers, groups and rooms with these words in the platform's name, in ours, or in anything known of their contact."""
    contacts = [contact.pk for contact in find_contacts(Contact.objects.all(), words, size=CUSTOMERS_AT_MOST).contacts]
    named = Q(display_name__icontains=words) | Q(own_name__icontains=words) | Q(contact__in=contacts)
    return list(SocialProfile.objects.select_related("contact").filter(named).order_by("-pk")[:CUSTOMERS_AT_MOST])


def _lines(events: Sequence[WebhookEvent]) -> list[Line]:
    names, withdrawn = _customers(events), event_journal.withdrawn_of(events)
    return [Line(event, names.get((event.account_id, event.lane_key), ""), _reason(event, event.pk in withdrawn)) for event in events]


def _reason(event: WebhookEvent, withdrawn: bool) -> "StrOrPromise":
    taken_back = _("The customer took the message back, so its content is deleted.") if withdrawn else ""
    return event_journal.reason_words(event) or taken_back


def _customers(events: Iterable[WebhookEvent]) -> dict[tuple[int, str], str]:
    """The names of the customers by account and lane; one query."""
    keys = {(event.account_id, event.lane_key) for event in events}
    ids = {key.partition(":")[2] for _account, key in keys}
    found = SocialProfile.objects.select_related("contact").filter(account__in={account for account, _key in keys}, line_id__in=ids)
    return {(profile.account_id, f"{profile.kind}:{profile.line_id}"): profile.shown_name for profile in found}


@never_cache
@require_safe
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event: what is known of it, its message, and its content without tokens as long as it is kept."""
    shown = event_to_inspect(request.user, event_id)
    title = f"{event_journal.kind_words(shown.kind)} {shown.event_id}"
    place, _sign, sender = shown.lane_key.partition(":")
    withdrawn = shown.pk in event_journal.withdrawn_of([shown])
    context: dict[str, Any] = {
        "event": shown,
        "customer": _customers([shown]).get((shown.account_id, shown.lane_key), ""),
        "sender": sender if place in ProfileKind.values else "",
        "reason": event_journal.reason_words(shown),
        "message": Message.objects.select_related("conversation").filter(webhook_event=shown).first(),
        "content": "" if withdrawn else event_journal.shown_content(shown),
        "withdrawn": withdrawn,
        "days": retention.content_days(shown.account),
        "replayable": replay.is_replayable(shown),
        "here": request.get_full_path(),
    }
    return show_page(request, "admin/console/journal_event.html", title=title, crumbs=_crumbs(title), **context)


@require_POST
def process_again(request: HttpRequest) -> HttpResponse:
    """Another try for the events that were chosen; what needs none or can't have one stays as it is."""
    actor = require_administrator(request.user)
    chosen = journal_of(actor).filter(pk__in=_keys(request.POST))
    accounts = list(MessagingAccount.objects.filter(pk__in=replay.replayable(chosen).values("account")))
    count = replay.replay(chosen)
    for account in accounts:
        record_change(actor=actor, target=account, fields=[gettext_noop("Webhook events processed again")])
    if count:
        words = ngettext("%(number)s event is being processed again.", "%(number)s events are being processed again.", count)
        messages.success(request, words % {"number": count})
    else:
        messages.warning(request, _("None of these events can be processed again."))
    return redirect(_way_back(request))


def _keys(data: QueryDict) -> list[int]:
    return [int(key) for key in data.getlist("event")[: event_journal.PAGE_SIZE] if key.isascii() and key.isdigit() and len(key) < 19]


def _way_back(request: HttpRequest) -> str:
    """The page that sent the form, where it is one of the journal's."""
    back, start = request.POST.get("back", ""), reverse("admin:journal")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith(start)
    return back if safe else start


def _address(asked: dict[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update(asked)
    return f"?{query.urlencode()}" if asked else reverse("admin:journal")


def _crumbs(title: str = "") -> list[Crumb]:
    crumbs = [Crumb(_("Channels"), reverse("admin:channels"))]
    return [*crumbs, Crumb(_("Journal"), reverse("admin:journal")), Crumb(title)] if title else [*crumbs, Crumb(_("Journal"))]
