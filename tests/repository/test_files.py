"""Promises about the repository itself."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.template.utils import get_app_template_dirs

ROOT = Path(settings.BASE_DIR)
BINARY = {".png", ".jpg", ".ico", ".mo", ".woff2", ".mp3", ".mp4", ".m4a", ".pdf", ".ogg", ".wav"}
FORBIDDEN = {
    "a registry's address": re.compile(r"--(extra-)?index-url|--find-links|--trusted-host|registry\.npm|pypi\.(org|python)|/simple/"),
    "a machine's path": re.compile(r"(?<![\w.])/(work|home|Users|root)/\w"),
}


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def template_files() -> list[Path]:
    folders = [ROOT / "templates", *map(Path, get_app_template_dirs("templates"))]
    ours = [folder for folder in folders if folder.is_relative_to(ROOT) and ".venv" not in folder.parts]
    return sorted(path for folder in ours for path in folder.rglob("*.html"))


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_file_holds(kind):
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked_files()
        if path.suffix not in BINARY and path != Path(__file__)
        for match in [FORBIDDEN[kind].search(path.read_text(encoding="utf-8"))]
        if match
    ]

    assert found == []


def test_there_are_templates_to_compile():
    assert template_files()


@pytest.mark.parametrize("path", template_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_template_compiles(path):
    engines["django"].from_string(path.read_text(encoding="utf-8"))


def test_moments_are_written_one_way():
    """`moment` and its like, and not Django's own filters (docs/decisions/118)."""
    own_ways = re.compile(r"\|(?:date|time|timesince|timeuntil|naturaltime)\b")

    assert [str(path.relative_to(ROOT)) for path in template_files() if own_ways.search(path.read_text(encoding="utf-8"))] == []


def test_both_requirement_files_agree_on_every_version():
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9_.-]+(?:\[[a-z0-9,-]+\])?)==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE))

    run, develop = pins("requirements.txt"), pins("requirements-dev.txt")

    assert len(run) > 20
    assert {name: develop.get(name) for name in run} == run
