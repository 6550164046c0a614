"""How people are found by what somebody types: text folded to one shape, cut into bigrams, and numbers without their prefixes.

Two letters are the smallest word of Japanese and Chinese, and words aren't parted by spaces there: so every two letters that stand
beside each other are a token, three in ASCII. Tokens say where to look; the folded text is compared afterwards.
"""

import re
import unicodedata

from workstreams.routing.words import folded as folded_for_rules

WORDS_AT_MOST = 6
WORD_LENGTH = 60
EXACT_LENGTH = 2
TOKENS_OF_A_WORD = 4
# Katakana and hiragana stand in the same order, this far apart.
KATAKANA, TO_HIRAGANA = range(0x30A1, 0x30F7), 0x60
PHONE_LETTERS = re.compile(r"[+0-9()./\s\-‐-―−ー〜~]+")
# Of the markets where LINE is used, and those where its users travel.
COUNTRY_CODES = ("852", "853", "886", "351", "353", "358", "1", "31", "32", "33", "34", "39", "41", "43", "44", "45", "46", "47", "48",
                 "49", "52", "54", "55", "56", "57", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "91")  # fmt: skip


def folded(text: str) -> str:
    """One shape for what people take as the same: full and half width (NFKC), case, hiragana for katakana."""
    return "".join(chr(ord(letter) - TO_HIRAGANA) if ord(letter) in KATAKANA else letter for letter in folded_for_rules(text))


def words_of(query: str) -> list[str]:
    """The words of a query, folded; the first six."""
    return [word[:WORD_LENGTH] for word in folded(query).split()[:WORDS_AT_MOST]]


def tokens_of(text: str) -> set[str]:
    """What a text is found by: its pieces of three ASCII letters, of one or two other letters, and how its words begin."""
    found: set[str] = set()
    for word in folded(text).split():
        found.update(pieces_of(word), (letter for letter in word if not letter.isascii()))
        for start in range(len(word)):
            if start == 0 or not word[start - 1].isalnum():
                found.update((word[start], word[start : start + 2]))
    return found


def pieces_of(word: str) -> list[str]:
    """Every two letters beside each other, or three where the two are ASCII: of those there are few, and every text has them."""
    found = []
    for start in range(len(word) - 1):
        size = 3 if word[start : start + 2].isascii() else 2
        piece = word[start : start + size]
        if len(piece) == size and (size == 2 or piece.isascii()):
            found.append(piece)
    return found


def tokens_to_look_for(word: str) -> list[str]:
    """The tokens that a text must have to contain this word; of a long word four, its end among them.

    A word of one or two letters is its own token; in ASCII it is looked for where words begin.
    """
    if len(word) <= EXACT_LENGTH:
        return [word]
    pieces = list(dict.fromkeys(reversed(pieces_of(word))))
    step = max(-(-len(pieces) // TOKENS_OF_A_WORD), 1)
    return pieces[::step]


def is_phone_number(text: str) -> bool:
    """Whether it may be a telephone number or part of one: digits and what people put between them."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return bool(PHONE_LETTERS.fullmatch(plain)) and sum(letter.isdecimal() for letter in plain) >= 2


def phone_digits(text: str) -> str:
    """A number without the prefix that depends on who dials: +81 90 1234 5678 and 090-1234-5678 are both 9012345678."""
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = "".join(letter for letter in plain if letter in "0123456789")
    if plain.startswith("+") or digits.startswith("00"):
        digits = digits.lstrip("0")
        digits = next((digits[len(code) :] for code in COUNTRY_CODES if digits.startswith(code)), digits)
    return digits.lstrip("0")
