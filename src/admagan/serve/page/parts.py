"""The parts of the page that are drawn here and not by Gradio, as HTML: chips, result and examples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from PIL import Image

from admagan.bank import AttributeBank
from admagan.errors import InputError
from admagan.pages import inline, templates
from admagan.runtime.generate import png_note
from admagan.runtime.pipeline import AdmaGAN, Result
from admagan.serve.limits import Refused
from admagan.serve.page.requests import explain
from admagan.serve.page.words import WORDS, Both, group_name

LONGEST_NAME = 60
"""Characters of a prompt that go into the name of a file."""
_TEMPLATES = templates("admagan.serve.page", "parts")


@dataclass(frozen=True)
class Example:
    """A prompt to start from, and what the model makes of it."""

    prompt: str
    language: str
    seed: int
    picture: Image.Image | None = None


def read_part(name: str) -> str:
    """Return the text of a file of the page."""
    return files("admagan.serve.page").joinpath("parts", name).read_text(encoding="utf-8")


def header(model: AdmaGAN) -> str:
    """Return the title, and which model it is."""
    return _render("header.html", name=model.name, size=model.size)


def chips(bank: AttributeBank) -> str:
    """Return a button for each attribute, in groups that fold; chips.js gives them their three states."""
    groups = [
        (group_name(group), [_chip(bank, index) for index in indices])
        for group, indices in bank.groups.items()
    ]
    return _render("chips.html", groups=groups)


def result(
    made: Result | InputError | Refused | None, bank: AttributeBank, about: dict[str, Any] | None = None
) -> str:
    """Return the pictures and how their prompt was read; or the message of what went wrong; None: what to do first.

    Args:
        made: What the engine answered.
        bank: Names the attributes in both languages.
        about: Goes into the files that are downloaded, beside the result's own report.
    """
    if made is None:
        return _render("message.html", text=WORDS["empty"], error=False)
    if not isinstance(made, Result):
        return _render("message.html", text=explain(made), error=True)
    pictures = [
        {
            "url": inline(image, pnginfo=png_note((about or {}) | made.report() | {"image": index})),
            "file": f"{_stem(made.prompt)}-{made.seed}-{index + 1}.png",
        }
        for index, image in enumerate(made.images)
    ]
    understood = sorted(made.attributes, key=lambda one: -one.confidence)
    rows = [(_label(bank, bank.index(one.name)), one, WORDS[f"by_{one.source}"]) for one in understood]
    return _render("result.html", made=made, pictures=pictures, understood=rows)


def examples(shown: Sequence[Example]) -> str:
    """Return the examples as buttons."""
    pictures = [inline(one.picture) if one.picture else None for one in shown]
    return _render("examples.html", examples=list(zip(shown, pictures, strict=True)))


def _chip(bank: AttributeBank, index: int) -> dict[str, Any]:
    attribute = bank.attributes[index]
    phrases = [phrase for language in attribute.phrases.values() for phrase in language]
    words = " ".join(dict.fromkeys([attribute.name, *phrases])).lower()
    return {"name": attribute.name, "label": _label(bank, index), "words": words}


def _label(bank: AttributeBank, index: int) -> Both:
    return Both(bank.names[index], bank.label(index, "zh"))


def _stem(prompt: str) -> str:
    """Return a prompt as a file name without its ending: letters and digits of any script, and hyphens."""
    return re.sub(r"[\W_]+", "-", prompt).strip("-")[:LONGEST_NAME].strip("-") or "picture"


def _render(template: str, **values: Any) -> str:
    return _TEMPLATES.get_template(template).render(words=WORDS, **values)
