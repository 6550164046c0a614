"""The stickers that are offered to agents: some of what the platform lets an account send."""

from dataclasses import dataclass

from channels_app.media import keeping, links
from channels_app.models import MediaFile, MediaState, MessagingAccount
from channels_app.registry import adapter_for
from conversations import attachments

PACKAGES_SHOWN = 2
EMOJIS = "😊 😄 😅 🙇 🙏 👍 👌 🙌 ✨ 🎉 💐 🎁 📦 🚚 📮 📞 📄 📷 🕒 📅 ✅ ⚠️ ❗ ❓ 💡 🔎 🏠 🏪 💴 💳 ☀️ 🍀".split()  # noqa: SIM905 - to be read


@dataclass(frozen=True, slots=True)
class StickerChoice:
    """One sticker; without an `address` while its picture isn't here."""

    id: str
    address: str


def sticker_choice(account: MessagingAccount) -> tuple[list[tuple[str, list[StickerChoice]]], bool]:
    """Package id and stickers of the newest packages, and whether nothing is on its way any more."""
    adapter = adapter_for(account.channel_type)
    packages = list(adapter.sticker_packages().items())[-PACKAGES_SHOWN:]
    addresses = {sticker: adapter.sticker_address(sticker) for _package, stickers in packages for sticker in stickers}
    files = keeping.ask_for_links([address for address in addresses.values() if address])
    complete = not any(file.state == MediaState.PENDING for file in files.values())
    if not complete:
        attachments.hint_fetching()
    choice = [
        (package, [StickerChoice(sticker, _shown(files.get(addresses[sticker]))) for sticker in stickers]) for package, stickers in packages
    ]
    return choice, complete


def _shown(file: MediaFile | None) -> str:
    return links.page_link(file) if file is not None and file.state == MediaState.READY else ""
