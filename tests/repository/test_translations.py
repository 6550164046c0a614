"""Every catalogue is complete: no page mixes languages."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CATALOGUES = sorted((Path(settings.BASE_DIR) / "locale").glob("*/LC_MESSAGES/*.po"))
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def incomplete_entries(text: str) -> list[str]:
    """Message ids that are untranslated or marked fuzzy."""
    missing = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        parts = "\n".join(line for line in lines if not line.startswith("#"))
        if "msgid" not in parts:
            continue
        message_id = "".join(QUOTED.findall(parts.split("msgstr")[0].split("msgid", 1)[1]))
        translations = ["".join(QUOTED.findall(part)) for part in parts.split("msgstr")[1:]]
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        if message_id and (fuzzy or not all(translations)):
            missing.append(message_id)
    return missing


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_catalogue_is_complete(path):
    assert incomplete_entries(path.read_text(encoding="utf-8")) == []


def test_an_untranslated_and_a_fuzzy_entry_are_found():
    text = (
        'msgid ""\nmsgstr "Language: da"\n\nmsgid "Done"\nmsgstr ""\n\n#, fuzzy\nmsgid "Agent"\nmsgstr "Agent"\n\nmsgid "Ok"\nmsgstr "Ok"\n'
    )

    assert incomplete_entries(text) == ["Done", "Agent"]
