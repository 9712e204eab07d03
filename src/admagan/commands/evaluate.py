"""The commands that measure models."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from admagan.commands import Flag, Repeated
from admagan.errors import needs
from admagan.schema.whole import Whole


def evaluate(
    model: str,
    data: Path,
    *,
    split: Literal["train", "validation", "test"] = "test",
    samples: Whole = 5_000,
    out: Path,
    compare: Path | None = None,
    seed: Whole = 0,
    truncation: float = 1.0,
    features: Repeated = None,
    card: Flag = False,
    json: Flag = False,
) -> None:
    """Measure a model: how real, varied and obedient its pictures are; as a page, pictures and report.json.

    Args:
        model: A bundled model, a model folder, or a Hugging Face Hub id such as user/name.
        data: The data set folder. Its training split teaches the judges, which are kept for the next time.
        split: Where captions, attributes and real pictures are from.
        samples: Pictures to make, once from annotated attributes and once from those read in the caption.
        out: A new folder, or that of an earlier report. Open report.html in it.
        compare: An earlier report to set beside this one; refused if it was measured in another way.
        seed: Of everything random.
        truncation: Factor on the noise, above 0 up to 1.
        features: A further feature network: inception. May be repeated.
        card: Put the most important figures into the card (README.md) of MODEL, which is a folder then.
        json: Print report.json instead of the figures in short.
    """
    with needs("train", "evaluation"):
        from admagan.evaluation.command import require_card, run_evaluate
        from admagan.evaluation.protocol import Request
        from admagan.runtime.pipeline import AdmaGAN
    loaded = AdmaGAN.load(model)
    if card:
        require_card(Path(model), loaded.folder.path)
    request = Request(split, samples, seed, truncation, tuple(features or ()))
    run_evaluate(loaded, data, out, request, compare, card, json)
