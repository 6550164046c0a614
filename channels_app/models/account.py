"""Messaging accounts, their secrets, and the channels that attach them to workstreams."""

import secrets

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.secrets import EncryptedTextField
from workstreams.identifiers import new_public_id
from workstreams.models import Workstream


class AccountState(models.TextChoices):
    """Draft: still in the wizard. Disabled: events are kept but not processed. Removed: its callback is unknown."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    DISABLED = "disabled", _("Disabled")
    REMOVED = "removed", _("Removed")


class LimitPolicy(models.TextChoices):
    """What agents may still send once the month's plan or the own budget is used up."""

    WARN = "warn", _("Warn only")
    REPLIES = "replies", _("Free replies only")
    STOP = "stop", _("Send nothing")


def new_callback_key() -> str:
    """An unguessable part of the callback URL: 160 bits, lower-case and digits only."""
    return secrets.token_hex(20)


# The longest that the content of raw events is kept; their bare rows stay longer (`channels_app.retention`).
MOST_CONTENT_DAYS = 365


class MessagingAccount(models.Model):
    """Credentials of one account on a messaging platform, and the callback URL that belongs to it.

    Two gates hold sends back without burning them: `paused_reason` closes everything, fetching too (a dead token),
    `push_paused_reason` closes only what is counted (the month's quota is used up). `content_days` is how long the content
    of raw events is kept; empty: as long as the installation says (`WEBHOOK_PAYLOAD_DAYS`). `limit_reached` is kept by the
    watch (`channels_app.alerts`); what follows from it is `limit_policy`.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=100)
    channel_type = models.CharField(_("channel"), max_length=20)
    channel_id = models.CharField(_("channel ID"), max_length=100, blank=True)
    provider_key = models.CharField(_("provider"), max_length=100, blank=True)
    callback_key = models.CharField(max_length=64, unique=True, default=new_callback_key, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=AccountState.choices, default=AccountState.DRAFT)
    bot_user_id = models.CharField(max_length=100, blank=True)
    bot_name = models.CharField(max_length=200, blank=True)
    bot_picture_url = models.CharField(max_length=2000, blank=True)
    bot_basic_id = models.CharField(max_length=100, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    verification_error = models.TextField(blank=True)
    secret_proved_at = models.DateTimeField(null=True, blank=True)
    paused_reason = models.CharField(max_length=300, blank=True)
    paused_since = models.DateTimeField(null=True, blank=True)
    push_paused_reason = models.CharField(max_length=300, blank=True)
    push_paused_since = models.DateTimeField(null=True, blank=True)
    monthly_budget = models.PositiveIntegerField(_("own budget"), null=True, blank=True)
    content_days = models.PositiveSmallIntegerField(
        _("days for which raw events keep their content"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_CONTENT_DAYS)],
    )
    limit_policy = models.CharField(_("at the limit"), max_length=10, choices=LimitPolicy.choices, default=LimitPolicy.WARN)
    limit_reached = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("messaging account")
        verbose_name_plural = _("messaging accounts")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel_type", "channel_id"],
                condition=~Q(state="removed") & ~Q(channel_id=""),
                name="account_channel_id_unique",
                violation_error_message=_("Another account uses this channel ID already."),
            ),
            models.CheckConstraint(
                name="account_pause_complete",
                condition=Q(paused_reason="", paused_since__isnull=True) | (~Q(paused_reason="") & Q(paused_since__isnull=False)),
            ),
            models.CheckConstraint(
                name="account_push_pause_complete",
                condition=Q(push_paused_reason="", push_paused_since__isnull=True)
                | (~Q(push_paused_reason="") & Q(push_paused_since__isnull=False)),
            ),
            models.CheckConstraint(
                name="account_content_days", condition=Q(content_days__isnull=True) | Q(content_days__range=(1, MOST_CONTENT_DAYS))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def callback_url(self) -> str:
        """What the administrator pastes into the platform's console."""
        return f"{settings.PUBLIC_BASE_URL}/webhooks/{self.channel_type}/{self.callback_key}/"


class SecretKind(models.TextChoices):
    """`channel_secret` signs webhooks; `access_token` lets requests in."""

    CHANNEL_SECRET = "channel_secret", _("Channel secret")
    ACCESS_TOKEN = "access_token", _("Channel access token")


class AccountSecret(models.Model):
    """One secret of an account, encrypted. Replaced, never shown; a secret counts while `valid_until` is empty or ahead."""

    account = models.ForeignKey(MessagingAccount, on_delete=models.CASCADE, related_name="secrets")
    kind = models.CharField(max_length=20, choices=SecretKind.choices)
    value = EncryptedTextField()
    valid_from = models.DateTimeField(auto_now_add=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        indexes = [models.Index(fields=["account", "kind"], name="account_secret_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} of account {self.account_id}"


class ReadMarks(models.TextChoices):
    """When a customer sees that a message of theirs was read."""

    NEVER = "never", _("Never")
    OPENED = "opened", _("When an agent has opened the conversation")
    ANSWERED = "answered", _("When an agent answers")


class PrivacyAcknowledgement(models.Model):
    """Who read the privacy notice of an account, when, and which text. Append only."""

    account = models.ForeignKey(MessagingAccount, on_delete=models.CASCADE, related_name="acknowledgements")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    person_name = models.CharField(max_length=200)
    text_version = models.CharField(max_length=20)
    acknowledged_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("privacy acknowledgement")
        verbose_name_plural = _("privacy acknowledgements")

    def __str__(self) -> str:
        return f"{self.person_name}: {self.text_version}"


class Channel(models.Model):
    """An account attached to a workstream, with language, behaviours and user features.

    `close_…_minutes`: after how much silence a conversation in that state closes; empty: as usual (`channels_app.auto_close`).
    Nothing with conversations is deleted: a channel is removed (`removed_at`) and its account can be set up again.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(MessagingAccount, on_delete=models.PROTECT, related_name="channels", verbose_name=_("account"))
    workstream = models.ForeignKey(Workstream, on_delete=models.PROTECT, related_name="channels", verbose_name=_("workstream"))
    language = models.CharField(_("language"), max_length=12, default="en")
    greeting_enabled = models.BooleanField(_("send a greeting"), default=False)
    greeting_text = models.TextField(_("greeting"), blank=True)
    routes_groups = models.BooleanField(_("route group chats to agents"), default=False)
    attachments_enabled = models.BooleanField(_("file attachments"), default=False)
    customers_send_attachments = models.BooleanField(_("customers can send file attachments"), default=False)
    agents_send_attachments = models.BooleanField(_("agents can send file attachments"), default=False)
    read_marks = models.CharField(_("mark messages as read"), max_length=10, choices=ReadMarks.choices, default=ReadMarks.NEVER)
    typing_shown = models.BooleanField(_("show that an agent is writing"), default=False)
    close_open_minutes = models.PositiveIntegerField(_("close what is open after"), null=True, blank=True)
    close_active_minutes = models.PositiveIntegerField(_("close what is active after"), null=True, blank=True)
    close_waiting_minutes = models.PositiveIntegerField(_("close what waits for the customer after"), null=True, blank=True)
    close_wrap_up_minutes = models.PositiveIntegerField(_("close what is in wrap-up after"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(removed_at__isnull=True), name="channel_account_attached_once"),
            models.CheckConstraint(name="channel_greeting_has_text", condition=Q(greeting_enabled=False) | ~Q(greeting_text="")),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} in {self.workstream_id}"
