"""With which access token an account's requests are made."""

from channels_app.adapter import Credentials
from channels_app.models import AccountSecret, MessagingAccount, SecretKind
from workstreams.clock import now_sql

TOKEN_REFUSED = ("token_invalid", "token_of_another_channel", "refused")


def credentials_of(account: MessagingAccount) -> Credentials:
    """The account's live access token, for one call."""
    return live_credentials_of(account)[0]


def live_credentials_of(account: MessagingAccount) -> list[Credentials]:
    """The account's access tokens that still count, newest first; a newest one that the platform refused comes last."""
    statement = (
        "SELECT * FROM channels_app_accountsecret WHERE account_id = %s AND kind = %s "  # noqa: S608 - no input in it
        f"AND (valid_until IS NULL OR valid_until > {now_sql()}) ORDER BY valid_from DESC, id DESC"
    )
    tokens = [secret.value for secret in AccountSecret.objects.raw(statement, [account.pk, SecretKind.ACCESS_TOKEN.value])]
    if account.verification_error in TOKEN_REFUSED:
        tokens = tokens[1:] + tokens[:1]
    return [Credentials(account_id=account.pk, channel_id=account.channel_id, access_token=token) for token in tokens or [""]]
