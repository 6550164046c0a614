"""Files that an agent attaches to an answer: sent as they are (one body, one file), prepared by a worker, then sent with the answer."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from channels_app.media import links, words
from channels_app.models import MediaFile, MediaKind, MediaReason, MediaState
from conversations import access, attachments
from conversations.inbox.frame import PersonRequest, signed_in

CHUNK = 256 * 1024


@require_POST
@signed_in
def upload_file(request: PersonRequest, public_id: str) -> HttpResponse:
    """Take one file: the body is its bytes, `name` and `client_id` stand in the address. 201 with the file, 422 with words.

    The same `client_id` twice is one file. It is ready a moment later; the page asks until then.
    """
    conversation = access.get_conversation(request.user, public_id)
    standing = access.standing(request.user, access.agent_of(request.user), conversation)
    if not standing.may_write:
        return _refused(standing.why_not)
    if not access.may_attach(conversation):
        return _refused(_("Agents can't send files on this channel."))
    client_id = request.GET.get("client_id", "")[:64]
    if not client_id:
        return _refused(_("This file can't be sent here. Attach it again."))
    try:
        file = attachments.take_upload(
            account=conversation.channel.account,
            actor=request.user,
            name=request.GET.get("name", ""),
            client_id=client_id,
            pieces=_body_of(request),
        )
    except attachments.CannotTake as refusal:
        return _refused(words.reason(refusal.reason), refusal.reason)
    return JsonResponse(_described(file), status=201)


@require_GET
@signed_in
def show_upload(request: PersonRequest, public_id: str, file_id: str) -> HttpResponse:
    """How far one's own file has come."""
    conversation = access.get_conversation(request.user, public_id)
    return JsonResponse(_described(access.get_upload(request.user, conversation, file_id)))


@require_POST
@signed_in
def discard_upload(request: PersonRequest, public_id: str, file_id: str) -> HttpResponse:
    """Take a file back that wasn't sent yet."""
    conversation = access.get_conversation(request.user, public_id)
    attachments.discard_upload(file=access.get_upload(request.user, conversation, file_id))
    return HttpResponse(status=204)


def _refused(problem: str, reason: str = "") -> JsonResponse:
    return JsonResponse({"problem": problem, "reason": reason}, status=413 if reason == MediaReason.TOO_LARGE else 422)


def _body_of(request: HttpRequest) -> Iterator[bytes]:
    """The body in pieces, and one byte more than is allowed at most."""
    left = settings.ATTACHMENT_MAX_MB * 1024 * 1024 + 1
    while left > 0 and (piece := request.read(min(CHUNK, left))):
        left -= len(piece)
        yield piece


def _described(file: MediaFile) -> dict[str, Any]:
    """A file as the page's script needs it."""
    shown = file.state == MediaState.READY and file.preview
    as_document = file.kind == MediaKind.FILE
    return {
        "id": file.public_id,
        "name": file.name,
        "kind": file.kind,
        "state": file.state,
        "size": words.size(file.size),
        "problem": words.reason(file.reason) if file.state == MediaState.FAILED else "",
        "preview": links.page_link(file, links.PREVIEW) if shown else "",
        "note": _("goes out as a link") if as_document and file.state == MediaState.READY else "",
    }
