"""The same captions and noises by every run: a strip of small pictures each, set beside each other afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from admagan.ablation.folder import Finished
from admagan.evaluation.protocol import Request, subject_of
from admagan.evaluation.sheets import Column, Strip, draw_columns
from admagan.metrics.pictures import Pixels
from admagan.runtime.pipeline import AdmaGAN

CAPTIONS, EACH = 8, 2
SIDE = 72
"""Of a picture on the sheet, in pixels."""


def draw_strip(model: AdmaGAN, data: Path, request: Request) -> tuple[Image.Image, tuple[str, ...]]:
    """Return a picture with a row for each of the first captions: the real one, then generated ones; and the captions.

    Generated from annotated attributes, with noises that depend on nothing but caption and column.
    """
    subject, real = subject_of(model, data, request)
    plan = subject.plan
    first = np.sort(np.unique(plan.text, return_index=True)[1])[:CAPTIONS]
    made = np.concatenate(list(subject.variants("annotated", first, EACH)))
    rows = [
        [real.evaluated.pictures.pixels(plan.rows[[sample]])[0], *made[place * EACH : (place + 1) * EACH]]
        for place, sample in enumerate(first.tolist())
    ]
    pixels = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    return Image.fromarray(pixels), tuple(plan.texts[plan.text[sample]] for sample in first.tolist())


def draw_sheet(labelled: Sequence[tuple[str, Finished]]) -> Image.Image:
    """Draw strips of several runs beside each other: a row for each caption, the real picture once.

    Args:
        labelled: Heading and run, of one evaluation protocol.
    """
    captions = labelled[0][1].record.captions
    tiles = [_tiles(finished.strip, len(captions)) for _, finished in labelled]
    strips = [
        Strip([tiles[0][row][0], *(picture for arm in tiles for picture in arm[row][1:])], caption)
        for row, caption in enumerate(captions)
    ]
    headings = [("real", 1), *((label, EACH) for label, _ in labelled)]
    return draw_columns([Column(headings, strips)], SIDE)


def _tiles(file: Path, rows: int) -> list[list[Pixels]]:
    """Cut a strip into its pictures."""
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return [np.split(row, EACH + 1, axis=1) for row in np.split(pixels, rows)]
