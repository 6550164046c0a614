"""`.env.example` explains every setting, and no other."""

import re
from pathlib import Path

from django.conf import settings

from config import checks

ROOT = Path(settings.BASE_DIR)


def test_every_setting_is_explained_and_every_explained_setting_exists():
    code = "\n".join(path.read_text() for path in (ROOT / "config").glob("*.py"))
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', code))
    explained = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert len(read) > 10
    assert explained == read


def test_every_start_up_error_is_explained():
    raised = set(re.findall(r"trunkline\.E\d+", Path(checks.__file__).read_text()))
    explained = set(re.findall(r"trunkline\.E\d+", (ROOT / ".env.example").read_text()))

    assert explained == raised
