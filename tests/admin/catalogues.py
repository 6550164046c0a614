"""Reads translations as people write them (.po) and finds the texts of the source, without gettext's programs."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("config", "conversations", "channels_app", "workstreams", "templates")
# What agents and supervisors see: all of it is in Japanese too.
OF_THE_INBOX = (
    "conversations/",
    "channels_app/alert_words.py",
    "channels_app/health_words.py",
    "channels_app/media/",
    "channels_app/line/text.py",
    "channels_app/notices.py",
    "channels_app/trying.py",
    "channels_app/usage.py",
    "channels_app/watching.py",
    "templates/contacts/",
    "templates/frame/",
    "templates/health/",
    "templates/inbox/",
    "templates/told/",
    "templates/quick_replies/",
    "templates/supervisor/",
    "templates/welcome",
    "templates/login.html",
    "templates/locked.html",
    "templates/base.html",
    "templates/4",
    "templates/5",
    "workstreams/distribution/",
    "workstreams/hours_words.py",
    "workstreams/languages.py",
    "workstreams/models/person.py",
    "workstreams/models/work.py",
    "workstreams/moments.py",
    "workstreams/password_links.py",
    "workstreams/presence.py",
    "workstreams/routing/",
)
NOT_OF_THE_INBOX = ("conversations/admin/", "conversations/migrations/")
LINE = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")$')
# The arguments of each function that marks texts: which is the context, which the text, which the plural.
FUNCTIONS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), (None, 0)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1)),
}
CALL = re.compile(r"\b(?:n?p?gettext|_)\((?:[^()\"']|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')*\)", re.DOTALL)


@dataclass
class Entry:
    """One text with its translations."""

    context: str | None = None
    text: str = ""
    plural: str | None = None
    translations: list[str] = field(default_factory=list)
    fuzzy: bool = False

    @property
    def key(self) -> str:
        """The text as compiled catalogues know it."""
        return f"{self.context}\x04{self.text}" if self.context is not None else self.text


def catalogue(language: str) -> list[Entry]:
    """The entries of a language, without the header."""
    path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    entries = [_entry(block) for block in path.read_text("utf-8").strip().split("\n\n")]
    return [entry for entry in entries if entry.text]


def _entry(block: str) -> Entry:
    values: dict[str, str] = {}
    name, fuzzy = "", False
    for line in block.splitlines():
        if line.startswith("#"):
            fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
        elif match := LINE.match(line):
            name = match[1]
            values[name] = ast.literal_eval(match[2])
        elif line.startswith('"'):
            values[name] += ast.literal_eval(line)
    translations = [value for name, value in values.items() if name.startswith("msgstr")]
    return Entry(values.get("msgctxt"), values.get("msgid", ""), values.get("msgid_plural"), translations, fuzzy)


def texts_of_the_source(*, of_the_inbox: bool = False) -> set[str]:
    """Every text that the source marks for translation, as compiled catalogues know it; or only what agents and supervisors see."""
    found: set[str] = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if of_the_inbox and not _is_of_the_inbox(path):
                continue
            if path.suffix == ".py" and "migrations" not in path.parts:
                found.update(_texts_of_python(path.read_text("utf-8")))
            elif path.suffix in (".html", ".txt"):
                for call in CALL.findall(templatize(path.read_text("utf-8"))):
                    found.update(_texts_of_python(call))
    return found


def _is_of_the_inbox(path: Path) -> bool:
    place = path.relative_to(ROOT).as_posix()
    return place.startswith(OF_THE_INBOX) and not place.startswith(NOT_OF_THE_INBOX)


def _texts_of_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in FUNCTIONS:
            continue
        context, text = FUNCTIONS[name]
        values = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        if len(values) > text and isinstance(values[text], str):
            yield values[text] if context is None else f"{values[context]}\x04{values[text]}"
