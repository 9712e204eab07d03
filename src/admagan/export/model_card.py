"""README.md of a model folder: what the model is, what it can be told, and pictures of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from admagan.bank import AttributeBank
from admagan.files import write_text
from admagan.runtime.folder import ModelFolder, read_model_folder
from admagan.runtime.generate import caption_choices, save_picture
from admagan.runtime.pipeline import AdmaGAN
from admagan.runtime.sheet import Tile, sheet
from admagan.schema.model_folder import CARD, SAMPLES, UNKNOWN_LICENCE, ModelConfig

SAMPLE_PROMPTS, SAMPLE_SEED = 12, 0
_HUB_LICENCES = frozenset(
    (
        "apache-2.0",
        "mit",
        "bsd-3-clause",
        "gpl-3.0",
        "agpl-3.0",
        "lgpl-3.0",
        "mpl-2.0",
        "openrail",
        UNKNOWN_LICENCE,
        "cc0-1.0",
        *(f"cc-{terms}-4.0" for terms in ("by", "by-sa", "by-nc", "by-nc-sa", "by-nd", "by-nc-nd")),
    )
)
"""Ids that the Hugging Face Hub knows."""
_MOST_LISTED = 40
"""Attributes of one group that a card lists."""


def write_card(path: Path, scores: Mapping[str, str] | None = None, prompts: Sequence[str] = ()) -> None:
    """Write README.md and samples.png into a model folder; older ones are replaced.

    Args:
        path: The model folder.
        scores: Name of a measure, and how it was measured -> its value, as text; none: nothing was measured.
        prompts: What the sample pictures show; none: combinations of the model's attributes.
    """
    folder = read_model_folder(path)
    write_samples(folder, prompts)
    write_text(path / CARD, model_card(folder.config, folder.bank, scores or {}))


def model_card(config: ModelConfig, bank: AttributeBank, scores: Mapping[str, str]) -> str:
    """Return the card as Markdown, with the header that the Hugging Face Hub reads."""
    header = {
        **_licence(config.licence),
        "language": list(config.languages),
        "library_name": "admagan",
        "pipeline_tag": "text-to-image",
        "tags": ["gan", "attributes", "onnx"],
    }
    size = config.generator.size
    sections = [
        f"---\n{yaml.safe_dump(header, sort_keys=False, allow_unicode=True)}---",
        f"# {config.name}",
        f"Makes pictures of {size} x {size} pixels from a sentence and from attributes, on any CPU.",
        *([f"![samples]({SAMPLES})"] if sample_prompts(bank) else []),
        "## Use\n\n"
        "Where admagan is installed (its README says how):\n\n"
        f'    admagan generate "{_example(bank)}" --model FOLDER -n 8 --out out.png\n\n'
        "`FOLDER` is this folder. From Python: `from admagan import AdmaGAN`, then `AdmaGAN.load(FOLDER)`.",
        f"## Data and training\n\n{_origin(config)}",
        f"## Scores\n\n{_scores(scores)}",
        f"## What it can be told\n\n{_attributes(bank)}",
        "## Limits\n\n"
        "It knows what its training pictures showed and nothing else: words outside its captions change next to "
        "nothing, and `admagan generate` names them. Whatever is one-sided in the data is one-sided in the pictures.",
        f"## Licence\n\n{config.licence}",
    ]
    return "\n\n".join(sections) + "\n"


def _licence(name: str) -> dict[str, str]:
    """Return what the Hub's header says of a licence: ids of its own, in lower case, or "other" with a name."""
    known = name.lower() in _HUB_LICENCES
    return {"license": name.lower()} if known else {"license": "other", "license_name": name}


def write_samples(folder: ModelFolder, prompts: Sequence[str] = ()) -> None:
    """Write samples.png: one picture of each prompt, with its caption."""
    model = AdmaGAN(folder)
    results = [model(prompt, seed=SAMPLE_SEED) for prompt in prompts or sample_prompts(folder.bank)]
    if results:
        picture = sheet([Tile(result.images, caption_choices(result)) for result in results])
        save_picture(picture, folder.path / SAMPLES, "PNG")


def sample_prompts(bank: AttributeBank, count: int = SAMPLE_PROMPTS) -> list[str]:
    """Return `count` random combinations of attributes, always the same: one of each of the two largest groups."""
    groups = [[bank.names[index] for index in indices] for indices in bank.groups.values()]
    largest = sorted(groups, key=len, reverse=True)[:2]
    if not largest:
        return []
    random = np.random.default_rng(SAMPLE_SEED)
    return [", ".join(names[random.integers(len(names))] for names in largest) for _ in range(count)]


def _example(bank: AttributeBank) -> str:
    return next(iter(sample_prompts(bank, 1)), "a sentence")


def _origin(config: ModelConfig) -> str:
    data = config.data or "Not stated."
    taught = "".join(
        f"Its discriminator saw the features of {teacher}, which was trained on ImageNet. "
        for teacher in config.teachers
    )
    seen = f"Training saw {config.images_seen:,} images, repeats counted. " if config.images_seen else ""
    return (
        f"{data}\n\n{seen}{taught}"
        f"Captions: {', '.join(config.languages)}. Written by admagan {config.version}."
    )


def _scores(scores: Mapping[str, str]) -> str:
    if not scores:
        return "None were measured. `admagan evaluate FOLDER DATA --out REPORT --card` writes them here."
    rows = "\n".join(f"| {name} | {value} |" for name, value in scores.items())
    return f"| measure | value |\n| --- | --- |\n{rows}"


def read_scores(path: Path) -> dict[str, str]:
    """Return what the card of a model folder says of its figures, as `write_card` takes it; nothing where none does."""
    try:
        card = (path / CARD).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    rows = re.findall(
        r"^\| (.+?) \| (.+) \|$", card.partition("## Scores")[2].partition("\n## ")[0], re.MULTILINE
    )
    return {name: value for name, value in rows if name not in ("measure", "---")}


def _attributes(bank: AttributeBank) -> str:
    if not len(bank):
        return "Sentences only: it has no attributes."
    lines = []
    for group, indices in bank.groups.items():
        names = [bank.names[index] for index in indices]
        rest = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
        lines.append(f"- {group + ': ' if group else ''}{', '.join(names[:_MOST_LISTED])}{rest}")
    return "\n".join(lines)
