"""The inbox's pages and fragments. Every page is right on a plain reload; fragments are what live hints make it fetch again."""

import datetime
import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from channels_app import usage
from channels_app.registry import adapter_for
from conversations import access, drafts, transfers
from conversations.consults import live_participants
from conversations.inbox import colleague_list, consult_list, offer_list, thread, worklist
from conversations.inbox.customer import pane_context
from conversations.inbox.frame import PersonRequest, signed_in, wants_fragment
from conversations.inbox.stickers import EMOJIS, sticker_choice
from conversations.inbox.timer_list import foot_context, wrap_up_to_come
from conversations.models import Conversation
from workstreams import presence
from workstreams.clock import milliseconds
from workstreams.models import Agent, WorkState

WORKING_SINCE_SIGN_IN = "presence_begun"
NOT_FOUND = 404
# Older than any draft that anybody wants back.
LONGEST_AGE_MS = 1000 * 86_400_000


@require_GET
@signed_in
def show_inbox(request: PersonRequest) -> HttpResponse:
    """The work list, with nothing opened. People who don't take work are told where to go instead."""
    agent = access.agent_of(request.user)
    if agent is None:
        return render(request, "inbox/not_an_agent.html")
    return _nothing_opened(request, agent)


def _nothing_opened(request: PersonRequest, agent: Agent, *, status: int = 200) -> HttpResponse:
    begin_work(request, agent)
    context = {"section": "inbox", "agent": agent, "upload_megabytes": settings.ATTACHMENT_MAX_MB, "not_here": status == NOT_FOUND}
    return render(request, "inbox/page.html", {**context, **_worklist(request, agent), **_offers(request, agent)}, status=status)


@require_GET
@signed_in
def show_conversation(request: PersonRequest, public_id: str) -> HttpResponse:
    """A conversation with its customer; opening one's own conversation reads it.

    An agent for whom there is none keeps the list and the offers: it may just have gone to others while it was open.
    """
    agent = access.agent_of(request.user)
    try:
        conversation = access.get_conversation(request.user, public_id)
    except Http404:
        if agent is None or wants_fragment(request):
            raise
        return _nothing_opened(request, agent, status=NOT_FOUND)
    context = _conversation(request, agent, conversation) | {
        "section": "inbox" if agent else "supervisor",
        "upload_megabytes": settings.ATTACHMENT_MAX_MB,
    }
    if wants_fragment(request):
        return render(request, "inbox/conversation.html", context)
    if agent is not None:
        begin_work(request, agent)
        context |= _worklist(request, agent, opened=conversation) | _offers(request, agent)
    return render(request, "inbox/page.html", context)


@require_GET
@signed_in
def show_worklist(request: PersonRequest) -> HttpResponse:
    """The first pane, or with a cursor the next rows of it."""
    agent = access.get_agent(request.user)
    template = "inbox/rows.html" if request.GET.get("after") else "inbox/worklist.html"
    return render(request, template, {"agent": agent, **_worklist(request, agent)})


@require_GET
@signed_in
def show_thread(request: PersonRequest, public_id: str) -> HttpResponse:
    """The bubbles, from the oldest one that the page shows."""
    conversation = access.get_conversation(request.user, public_id)
    shown = thread.read_thread(conversation, since=request.GET.get("since", ""), before=request.GET.get("before", ""))
    agent = access.agent_of(request.user)
    standing = access.standing(request.user, agent, conversation)
    return render(request, "inbox/messages.html", {"conversation": conversation, "thread": shown, "standing": standing})


@require_GET
@signed_in
def show_head(request: PersonRequest, public_id: str) -> HttpResponse:
    """The thread's head with its actions."""
    return render(request, "inbox/thread_head.html", _head(request, public_id))


@require_GET
@signed_in
def show_foot(request: PersonRequest, public_id: str) -> HttpResponse:
    """The composer, or why there is none; above it the timers."""
    shown = _head(request, public_id)
    return render(request, "inbox/thread_foot.html", {**shown, **foot_context(request.user, shown["conversation"])})


@require_GET
@signed_in
def show_stickers(request: PersonRequest, public_id: str) -> HttpResponse:
    """The stickers that an agent can send. Their pictures are fetched when they are looked at for the first time."""
    conversation = access.get_conversation(request.user, public_id)
    packages, complete = sticker_choice(conversation.channel.account)
    return render(
        request, "inbox/stickers.html", {"conversation": conversation, "packages": packages, "complete": complete, "emojis": EMOJIS}
    )


@require_POST
@signed_in
def save_draft(request: PersonRequest, public_id: str) -> HttpResponse:
    """Keep what somebody is writing, so that it is there on another device too; an empty text forgets it.

    `seen`: up to which version the page has followed the customer's words; `age`: how many milliseconds ago it was written, if it
    comes late; `look`: it isn't to be kept. The answer tells what is quoted anew. 409: it is outdated.
    """
    conversation = access.get_conversation(request.user, public_id)
    text, seen, age = request.POST.get("text", ""), _number(request.POST.get("seen", "")), _number(request.POST.get("age", ""))
    written_at = None if age is None else timezone.now() - datetime.timedelta(milliseconds=min(age, LONGEST_AGE_MS))
    if "look" in request.POST:
        version, replaced = drafts.look_through(conversation=conversation, text=text, seen=seen or 0)
        return JsonResponse({"seen": version, "replaced": replaced})
    try:
        saved = drafts.save_draft(conversation=conversation, person=request.user, text=text, seen=seen or 0, written_at=written_at)
    except drafts.Outdated:
        return HttpResponse(status=409)
    return JsonResponse({"at": milliseconds(saved.at), "seen": saved.words_version, "replaced": saved.replaced})


def _number(digits: str) -> int | None:
    return int(digits[:18]) if digits.isascii() and digits.isdecimal() else None


@require_GET
@signed_in
def show_customer(request: PersonRequest, public_id: str) -> HttpResponse:
    """The customer pane."""
    conversation = access.get_conversation(request.user, public_id)
    return render(request, "inbox/customer.html", pane_context(request, conversation))


@require_GET
@signed_in
def show_earlier(request: PersonRequest, public_id: str) -> HttpResponse:
    """The customer's conversation before this one, to be put above it. `public_id` is the oldest one that is shown."""
    shown_first = access.get_conversation(request.user, public_id)
    earlier = next(iter(thread.earlier_conversations(request.user, shown_first, at_most=1)), None)
    if earlier is None:
        return HttpResponse()
    return render(request, "inbox/earlier.html", _earlier(request, earlier))


@require_GET
@signed_in
def show_colleagues(request: PersonRequest, public_id: str) -> HttpResponse:
    """Whom one may ask to take the conversation, or with `purpose=consult` for advice; with `q` only those whose name fits.

    Empty for who may not ask.
    """
    conversation = access.get_conversation(request.user, public_id)
    if not access.standing(request.user, access.agent_of(request.user), conversation).may_pass_on:
        return HttpResponse()
    purpose = "consult" if request.GET.get("purpose") == "consult" else "transfer"
    find = colleague_list.list_consultants if purpose == "consult" else colleague_list.list_colleagues
    found = find(conversation, request.user, query=request.GET.get("q", ""))
    template = "inbox/colleague_rows.html" if "q" in request.GET else "inbox/colleagues.html"
    return render(request, template, {"conversation": conversation, "found": found, "purpose": purpose})


@require_GET
@signed_in
def show_offers(request: PersonRequest) -> HttpResponse:
    """The toasts of work on offer, and of offers that went since the page showed them."""
    agent = access.get_agent(request.user)
    return render(request, "inbox/offers.html", _offers(request, agent))


@require_GET
@signed_in
def show_status(request: PersonRequest) -> HttpResponse:
    """Presence and capacity, for the top bar."""
    return render(request, "inbox/status.html", {"agent": access.get_agent(request.user)})


def begin_work(request: PersonRequest, agent: Agent) -> None:
    """The first inbox page of a session makes the agent Available, whichever way the person signed in."""
    if not request.session.get(WORKING_SINCE_SIGN_IN):
        request.session[WORKING_SINCE_SIGN_IN] = True
        agent.presence = presence.sign_in(agent)


def conversation_context(request: PersonRequest, conversation: Conversation) -> dict[str, Any]:
    """What `inbox/conversation.html` shows."""
    return _conversation(request, access.agent_of(request.user), conversation)


def _worklist(request: PersonRequest, agent: Agent, *, opened: Conversation | None = None) -> dict[str, Any]:
    tab = request.GET.get("tab") or (worklist.tab_of(agent, opened) if opened else worklist.MINE)
    shown = request.GET.get("shown", "")
    work = worklist.list_work(
        agent,
        tab,
        unread_only=request.GET.get("unread") == "1",
        after=request.GET.get("after", ""),
        sort=request.GET.get("sort", ""),
        shown=int(shown) if shown.isdecimal() and len(shown) < 5 else worklist.PAGE_SIZE,
    )
    opened_id = opened.public_id if opened else request.GET.get("opened", "")
    live_tab = work.tab in (worklist.MINE, worklist.OPEN) and not request.GET.get("after")
    consulted = consult_list.consulted_about(agent) if live_tab else []
    return {"worklist": work, "consulted_about": consulted, "opened_id": opened_id, "unread_total": worklist.unread_total(agent)}


def _offers(request: PersonRequest, agent: Agent) -> dict[str, Any]:
    offers, sent_offers = offer_list.open_offers(agent)
    invitations, sent_invitations = consult_list.open_invitations(agent)
    sent = [offer.public_id for offer in sent_offers] + [participant.public_id for participant in sent_invitations]
    # What is open is read first: the page forgets what it is told nothing of, so what goes between the two reads must be in one of them.
    still_open = {*sent, *(open_.offer.public_id for open_ in offers), *(open_.participant.public_id for open_ in invitations)}
    shown = [public_id for public_id in request.GET.get("offers", "").split(",") if public_id and public_id not in still_open]
    gone = offer_list.gone_offers(agent, shown) if shown else []
    gone_invitations = consult_list.gone_invitations(agent, shown) if shown else []
    return {"offers": offers, "invitations": invitations, "sent": sent, "gone": gone, "gone_invitations": gone_invitations}


def _head(request: PersonRequest, public_id: str) -> dict[str, Any]:
    conversation = access.get_conversation(request.user, public_id)
    agent = access.agent_of(request.user)
    return {"conversation": conversation, **_standing(request, agent, conversation)}


def _standing(request: PersonRequest, agent: Agent | None, conversation: Conversation) -> dict[str, Any]:
    standing = access.standing(request.user, agent, conversation)
    offer = conversation.offers.filter(state="pending", agent=agent).first() if agent else None
    lane_id = conversation.profile.lane_id
    free = worklist.free_seconds_of([lane_id]).get(lane_id, 0) if standing.may_write and lane_id else 0
    consultants = live_participants(conversation) if conversation.state == WorkState.ACTIVE else []
    return {
        "agent": agent,
        "standing": standing,
        "consultants": consultants,
        "consult": next((each for each in consultants if agent is not None and each.agent_id == agent.pk), None),
        "offer": offer,
        "handover": offer_list.handover_of(conversation) if standing.may_pass_on else None,
        "free_seconds": free,
        "may_not_arrive": not conversation.reaches_customer(timezone.now()),
        "sending_outlook": usage.outlook(conversation.channel.account) if standing.may_write else "",
        "new_client_id": uuid.uuid4(),
        "draft": drafts.get_draft(conversation=conversation, person=request.user) if standing.may_write else None,
        "may_attach": standing.may_write and access.may_attach(conversation),
        "upload_limit": settings.ATTACHMENT_MAX_MB * 1024 * 1024,
        "has_stickers": standing.may_write and bool(adapter_for(conversation.channel.account.channel_type).sticker_packages()),
        "text_limit": adapter_for(conversation.channel.account.channel_type).text_limit_units,
        "queues": transfers.other_queues(conversation, by=request.user) if standing.may_pass_on else [],
        "wrap_up_to_come": wrap_up_to_come(conversation) if standing.may_write else "",
        "decision": conversation.decisions.select_related("ruleset", "queue").defer("ruleset__content").order_by("-id").first(),
    }


def _conversation(request: PersonRequest, agent: Agent | None, conversation: Conversation) -> dict[str, Any]:
    shown = thread.read_thread(conversation)
    if agent is not None and conversation.agent_id == agent.pk and conversation.unread_count:
        thread.mark_read(conversation=conversation, up_to_message_id=shown.last_id)
    return {
        "conversation": conversation,
        "thread": shown,
        **_earlier(request, next(iter(thread.earlier_conversations(request.user, conversation, at_most=1)), None)),
        **_standing(request, agent, conversation),
        **foot_context(request.user, conversation),
        **pane_context(request, conversation),
    }


def _earlier(request: PersonRequest, earlier: Conversation | None) -> dict[str, Any]:
    if earlier is None:
        return {"earlier": None}
    more = thread.has_earlier_conversations(request.user, earlier)
    return {"earlier": earlier, "earlier_thread": thread.read_thread(earlier), "earlier_id": earlier.public_id if more else ""}
