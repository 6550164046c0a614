"""How texts are compared: folded, and as words where a script has words."""

import unicodedata

# Thai and Khmer text may carry zero-width spaces between words; copied text carries the others.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
# Regions that imply a script (CLDR, likely subtags), so that "zh-Hant" is found in "zh-TW".
SCRIPT_OF_REGION = {"zh-tw": "zh-hant-tw", "zh-hk": "zh-hant-hk", "zh-mo": "zh-hant-mo", "zh-cn": "zh-hans-cn", "zh-sg": "zh-hans-sg"}
# Scripts that put no space between words, or (Hangul) join particles to them: each begins with one of these names.
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "BOPOMOFO")


def folded(text: str) -> str:
    """Text as it is compared: NFKC (so ＲＥＴＵＲＮ is return), without case, without invisible characters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(INVISIBLE)


def has_word(text: str, word: str) -> bool:
    """Whether folded `text` contains folded `word` as a word: "return" stands in "return it", not in "returned".

    Where the script knows no spaces between words, containing it is enough: 返品 stands in 返品したい.
    """
    at = text.find(word) if word else -1
    while at >= 0:
        if _is_border(text[at - 1 : at], word[0]) and _is_border(text[at + len(word) : at + len(word) + 1], word[-1]):
            return True
        at = text.find(word, at + 1)
    return False


def in_language_range(tag: str, wanted: str) -> bool:
    """Whether a folded language tag falls into a folded range (RFC 4647, basic filtering): "zh" takes "zh-hant" and "zh-tw"."""
    tag, wanted = tag.replace("_", "-"), wanted.replace("_", "-")
    return bool(wanted) and any(each == wanted or each.startswith(wanted + "-") for each in (tag, SCRIPT_OF_REGION.get(tag, tag)))


def _is_border(outside: str, inside: str) -> bool:
    """Whether a word may end between these two characters; `outside` is empty at the text's ends."""
    return not (_joins(outside) and _joins(inside))


def _joins(character: str) -> bool:
    """Letters, digits and marks of scripts that write words apart; two of them side by side are one word."""
    if not character or not (character.isalnum() or unicodedata.category(character).startswith("M")):
        return False
    return not unicodedata.name(character, "").startswith(UNSPACED)
