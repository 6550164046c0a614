"""Names: what may stand in one, and in which order its parts are shown."""

import unicodedata

from conversations.models import ContactKind

FAMILY_FIRST = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC")
# Marks and overrides of the direction of writing: they make a name look like another one.
DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LINE_ENDS = "\u2028\u2029"


def clean_line(text: str) -> str:
    """Text of one line: without control characters, direction marks and halves of letters; one space where there were several."""
    return " ".join("".join(_cleaned(letter) for letter in text).split())


def clean_text(text: str) -> str:
    """The same for text of several lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(_cleaned(letter) for letter in line).rstrip() for line in lines).strip()


def _cleaned(letter: str) -> str:
    if letter.isspace() or letter in LINE_ENDS:
        return " "
    if letter in DIRECTIONS or unicodedata.category(letter) in ("Cc", "Cs"):
        return ""
    return letter


def full_name(*, kind: str, family: str, given: str, nickname: str, name: str) -> str:
    """The name on screen. Organisations have one name; people the parts of theirs in the order of its script, else a nickname."""
    if kind == ContactKind.ORGANISATION:
        return name
    if family and given:
        return f"{family}{given}" if _is_family_first(family + given) else f"{given} {family}"
    return family or given or nickname or name


def _is_family_first(letters: str) -> bool:
    """Japanese, Chinese and Korean in their own script: the family name comes first, and no space follows it."""
    return all(unicodedata.name(letter, "").startswith(FAMILY_FIRST) for letter in letters if letter.isalpha())
