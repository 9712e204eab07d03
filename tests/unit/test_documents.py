"""What the documents point to is there, and the pictures of docs/generate.md come from commands that stand in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("src/admagan/models/*/README.md")]
_ANCHOR = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)")
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    missing = [
        link for link in _LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / link).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_headings_that_are_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    missing = [
        f"{file}#{anchor}"
        for file, anchor in _ANCHOR.findall(text)
        if anchor not in anchors((path.parent / file if file else path).read_text(encoding="utf-8"))
    ]
    assert missing == []


def anchors(text: str) -> set[str]:
    """Return what the headings of a document are linked by."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_pictures_come_from_the_commands_beside_them() -> None:
    text = (ROOT / "docs" / "generate.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\]\((images/[^)]+)\)", text))
    made = {match.removeprefix("docs/") for match in re.findall(r"--out (docs/images/\S+)", text)}
    assert shown == made
