"""What can be done from the composer by its name, behind the quick replies in the menu of the slash."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from conversations import access
from conversations.models import Conversation
from conversations.search_text import folded


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """`name` is typed behind the slash, in every language; `clicks` is the id of the button that does it."""

    name: str
    words: str
    clicks: str


def slash_commands(query: str, standing: access.Standing, conversation: Conversation) -> list[SlashCommand]:
    """The commands that the person may use in this conversation and whose name or words fit what is typed."""
    if not standing.may_write:
        return []
    commands = [SlashCommand("note", _("Write a note for colleagues"), "note-mode")]
    if access.may_attach(conversation):
        commands.append(SlashCommand("file", _("Attach files"), "attach"))
    commands.append(SlashCommand("sticker", _("Emoji and stickers"), "open-stickers"))
    if standing.may_pass_on and conversation.receiver_id is not None:
        commands.append(SlashCommand("withdraw", _("Withdraw the transfer"), "act-withdraw"))
    elif standing.may_pass_on:
        commands.append(SlashCommand("transfer", _("Transfer"), "act-transfer"))
    if standing.may_pass_on:
        commands.append(SlashCommand("consult", _("Consult a colleague"), "act-consult"))
        commands.append(SlashCommand("wait", _("Wait for customer"), "act-wait"))
    if standing.may_end:
        commands.append(SlashCommand("end", _("End conversation"), "act-end"))
    typed = folded(query)
    return [command for command in commands if command.name.startswith(typed) or typed in folded(command.words)]
