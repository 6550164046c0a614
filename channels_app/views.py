"""The webhook: check the signature over the raw bytes, keep the events, answer. Nothing else happens in LINE's two seconds."""

import logging
import time

from django.conf import settings
from django.db import Error as DatabaseUnavailable
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from channels_app import quarantine, storing, tally
from channels_app.reasons import type_and_place
from channels_app.registry import offered_types
from channels_app.secrets import Undecryptable

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def receive_webhook(request: HttpRequest, channel_type: str, callback_key: str) -> HttpResponse:
    """Keep the events of one signed body. 200 once they are stored; 401, 403, 404 or 413 believe nothing; 503 asks for another try."""
    if channel_type not in offered_types():
        return HttpResponse(_("This channel type is switched off on this installation."), status=403)
    began = time.perf_counter()
    account = None
    try:
        account = storing.find_callback_account(callback_key)
        if account is None or account.channel_type != channel_type:
            return HttpResponse(status=404)
        body = request.read(settings.WEBHOOK_MAX_BYTES + 1)
        if len(body) > settings.WEBHOOK_MAX_BYTES:
            tally.count(account.pk, tally.TOO_LARGE)
            return HttpResponse(status=413)
        secret = storing.signing_secret(account, body=body, headers=request.headers)
        if secret is None:
            tally.count(account.pk, tally.WRONG_SIGNATURE)
            _quarantine(account, body, request)
            return HttpResponse(status=401)
        storing.store_webhook(account, body, by_newest_secret=secret == 0)
    except (DatabaseUnavailable, Undecryptable) as error:
        logger.error("A webhook could not be stored: %s.", type_and_place(error))
        if account is not None:
            tally.count(account.pk, tally.NOT_STORED)
        return HttpResponse(status=503)
    tally.count_answer(account.pk, time.perf_counter() - began)
    return HttpResponse(status=200)


def _quarantine(account: storing.CallbackAccount, body: bytes, request: HttpRequest) -> None:
    """Keep what the next secret may explain; the answer is 401 whatever becomes of it."""
    try:
        quarantine.keep(account, body=body, headers=request.headers)
    except DatabaseUnavailable as error:
        logger.error("A webhook could not be quarantined: %s.", type_and_place(error))
