"""What administrators do with messaging accounts: draft, credentials, check, finish; later rename, disable, enable, remove.

Callers hold a gate's promise that `actor` is an administrator (`channels_app.access`). Each action locks the account's
row (`no_key`: other rows point to it). Calls to the platform are made outside any transaction.
"""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from channels_app import alerts, credentials, gates, registry
from channels_app.adapter import AccountCheck, Credentials
from channels_app.hints import CHECK_QUARANTINE, hint
from channels_app.models import AccountSecret, AccountState, AccountStatus, Channel, MessagingAccount, PrivacyAcknowledgement, SecretKind
from channels_app.texts import texts_for
from workstreams.audit import record_change
from workstreams.clock import seconds_from_now
from workstreams.models import User

SECRET_OVERLAP_SECONDS = 24 * 3600
PRIVACY_TEXT_VERSION = "2026-11"
REFUSALS = credentials.TOKEN_REFUSED


class CannotSave(Exception):
    """The account can't be changed so. `str()` is in the user's words; `field` names the input it is about, if one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def create_draft(*, actor: User | None, name: str, channel_type: str, provider_key: str = "") -> MessagingAccount:
    """A draft of a new account. `CannotSave` for a channel type that this installation doesn't offer."""
    _require_offered(channel_type)
    with transaction.atomic():
        account = MessagingAccount.objects.create(name=name, channel_type=channel_type, provider_key=provider_key, created_by=actor)
        record_change(actor=actor, target=account, added=True)
    return account


def rename_account(*, actor: User | None, account: MessagingAccount, name: str, provider_key: str | None = None) -> MessagingAccount:
    """Give the account another name, which agents see on conversations, or another provider, by which customers are joined from now on."""
    with transaction.atomic():
        account = _locked(account)
        account.name = name
        account.provider_key = account.provider_key if provider_key is None else provider_key
        account.save(update_fields=["name", "provider_key"])
        record_change(actor=actor, target=account, fields=[gettext_noop("Name")])
    return account


def keep_content_for(*, actor: User | None, account: MessagingAccount, days: int | None) -> MessagingAccount:
    """Keep the content of the account's raw events for so many days (1 to 365); None: as long as the installation says.

    What is older goes within minutes, for good.
    """
    with transaction.atomic():
        account = _locked(account)
        if account.content_days != days:
            account.content_days = days
            account.save(update_fields=["content_days"])
            record_change(actor=actor, target=account, fields=[gettext_noop("Keep raw events for")])
    return account


def set_limit(*, actor: User | None, account: MessagingAccount, monthly_budget: int | None, limit_policy: str) -> MessagingAccount:
    """Set the account's own budget of counted messages a month, and what may be sent once the limit is reached; counts at once."""
    with transaction.atomic():
        account = _locked(account)
        account.monthly_budget, account.limit_policy = monthly_budget, limit_policy
        account.save(update_fields=["monthly_budget", "limit_policy"])
        record_change(actor=actor, target=account, fields=[gettext_noop("Own budget"), gettext_noop("At the limit")])
    if account.state == AccountState.ACTIVE:
        alerts.review(account)
    return account


@sensitive_variables("channel_secret", "access_token")
def save_credentials(
    *, actor: User | None, account: MessagingAccount, channel_id: str, channel_secret: str = "", access_token: str = ""
) -> MessagingAccount:
    """Keep the channel ID and replace the secrets that are given; an empty one stays as it is.

    What changes must prove itself again: another ID or token clears the verification, another secret its proof. What came
    signed with another secret in the last half hour is checked again.
    `CannotSave` when the ID belongs to another account, or is changed after customers could have written.
    """
    try:
        with transaction.atomic():
            account = _locked(account)
            changed = _save_channel_id(account, channel_id)
            if channel_secret:
                _replace_secret(actor, account, SecretKind.CHANNEL_SECRET, channel_secret)
                account.secret_proved_at = None
                changed.append(gettext_noop("Channel secret"))
            if access_token:
                _replace_secret(actor, account, SecretKind.ACCESS_TOKEN, access_token)
                changed.append(gettext_noop("Channel access token"))
            if access_token or "Channel ID" in changed:
                account.verified_at = None
                account.verification_error = ""
            account.save(update_fields=["channel_id", "secret_proved_at", "verified_at", "verification_error"])
            if channel_secret:
                hint(CHECK_QUARANTINE)
            record_change(actor=actor, target=account, fields=changed)
    except IntegrityError as error:
        raise CannotSave(_("Another account uses this channel ID already."), field="channel_id") from error
    return account


@sensitive_variables("access_token", "credentials")
def try_token(*, account: MessagingAccount, channel_id: str, access_token: str) -> AccountCheck:
    """What the platform says of a token that isn't saved. Calls the platform; must not run inside a transaction."""
    credentials = Credentials(account_id=account.pk, channel_id=channel_id, access_token=access_token)
    return registry.adapter_for(account.channel_type).check_account(credentials)


def check_account(*, actor: User | None, account: MessagingAccount) -> AccountCheck:
    """Ask the platform about the saved token and keep the answer, unless ID or token were replaced meanwhile.

    A good answer opens the gate of an account whose sends were held. Calls the platform; must not run inside a
    transaction. `CannotSave` when ID or token are missing.
    """
    token = current_secret(account, SecretKind.ACCESS_TOKEN)
    if token is None or not account.channel_id:
        raise CannotSave(_("Enter the account details first."))
    check = try_token(account=account, channel_id=account.channel_id, access_token=str(token.value))
    with transaction.atomic():
        locked = _locked(account)
        if locked.channel_id == account.channel_id and current_secret(locked, SecretKind.ACCESS_TOKEN) == token:
            _keep_check(locked, check)
            if check.chat_mode:
                AccountStatus.objects.update_or_create(account=locked, defaults={"chat_mode": check.chat_mode})
    if not check.problem and locked.paused_reason:
        gates.resume_account(account=locked)
    return check


def finish_account(*, actor: User, account: MessagingAccount, text_version: str = PRIVACY_TEXT_VERSION) -> MessagingAccount:
    """Make a verified draft active and store who acknowledged which privacy text. Once finished, again is harmless.

    `CannotSave` while something is missing, or when the type is no longer offered.
    """
    with transaction.atomic():
        account = _locked(account)
        if account.state != AccountState.DRAFT:
            return account
        _require_offered(account.channel_type)
        if not has_credentials(account) or account.verified_at is None:
            raise CannotSave(_("The account details aren't verified yet. Check them first."))
        PrivacyAcknowledgement.objects.create(account=account, person=actor, person_name=actor.shown_name, text_version=text_version)
        _set_state(actor, account, AccountState.ACTIVE)
    return account


def disable_account(*, actor: User, account: MessagingAccount) -> MessagingAccount:
    """From now on events are stored but not processed. Only an active account; otherwise nothing happens."""
    return _change_state(actor, account, AccountState.ACTIVE, AccountState.DISABLED)


def enable_account(*, actor: User, account: MessagingAccount) -> MessagingAccount:
    """Process events again. Only a disabled account; otherwise nothing happens."""
    return _change_state(actor, account, AccountState.DISABLED, AccountState.ACTIVE)


def remove_account(*, actor: User, account: MessagingAccount) -> MessagingAccount:
    """Take the account away: its callback is unknown, its channel removed, its secrets gone. Conversations stay readable."""
    with transaction.atomic():
        account = _locked(account)
        Channel.objects.filter(account=account, removed_at=None).update(removed_at=Now())
        account.secrets.all().delete()
        account.quarantined_bodies.all().delete()
        _set_state(actor, account, AccountState.REMOVED)
    return account


def current_secret(account: MessagingAccount, kind: SecretKind) -> AccountSecret | None:
    """The newest secret of a kind that still counts."""
    live = Q(valid_until=None) | Q(valid_until__gt=Now())
    return account.secrets.filter(live, kind=kind).select_related("saved_by").order_by("-pk").first()


def has_credentials(account: MessagingAccount) -> bool:
    """Whether channel ID, secret and token are all there."""
    return bool(account.channel_id) and all(current_secret(account, kind) is not None for kind in SecretKind)


def _locked(account: MessagingAccount) -> MessagingAccount:
    return MessagingAccount.objects.select_for_update(no_key=True).get(pk=account.pk)


def _require_offered(channel_type: str) -> None:
    if channel_type not in registry.offered_types():
        label = texts_for(channel_type).label if channel_type in registry.ADAPTERS else channel_type
        raise CannotSave(_("This installation doesn't offer %(type)s (setting CHANNEL_TYPES).") % {"type": label}, field="channel_type")


def _save_channel_id(account: MessagingAccount, channel_id: str) -> list[str]:
    if channel_id == account.channel_id:
        return []
    if account.state != AccountState.DRAFT:
        message = _("The channel ID is fixed once the account is finished. For another channel, make a new account.")
        raise CannotSave(message, field="channel_id")
    account.channel_id = channel_id
    return [gettext_noop("Channel ID")]


@sensitive_variables("value")
def _replace_secret(actor: User | None, account: MessagingAccount, kind: SecretKind, value: str) -> None:
    """What was there before counts until the new one is proved, at most a day: a wrong one loses no message and holds no answer.

    A channel secret is proved by the platform's first call signed with it, a token by the platform's word for it.
    """
    account.secrets.filter(kind=kind, valid_until=None).update(valid_until=seconds_from_now(SECRET_OVERLAP_SECONDS))
    AccountSecret.objects.create(account=account, kind=kind, value=value, saved_by=actor)


def _keep_check(account: MessagingAccount, check: AccountCheck) -> None:
    account.verification_error = check.problem
    fields = ["verification_error", "verified_at"]
    if not check.problem:
        account.secrets.filter(kind=SecretKind.ACCESS_TOKEN, valid_until__gt=Now()).update(valid_until=Now())
        account.verified_at = Now()
        for name in ("bot_user_id", "bot_name", "bot_picture_url", "bot_basic_id"):
            setattr(account, name, getattr(check, name))
            fields.append(name)
    elif check.problem in REFUSALS:
        account.verified_at = None
    account.save(update_fields=fields)


def _change_state(actor: User, account: MessagingAccount, before: AccountState, after: AccountState) -> MessagingAccount:
    with transaction.atomic():
        account = _locked(account)
        if account.state == before:
            _set_state(actor, account, after)
    return account


def _set_state(actor: User, account: MessagingAccount, state: AccountState) -> None:
    account.state = state
    account.save(update_fields=["state"])
    record_change(actor=actor, target=account, fields=[gettext_noop("State")])
