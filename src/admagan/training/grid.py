"""Sample grids, and the film that they make together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from admagan.files import written_aside
from admagan.metrics.pictures import Pixels
from admagan.runtime.sheet import write_lines

CELL = 128
"""Least side of a picture in a grid: smaller ones are repeated pixel by pixel."""
GAP, MARGIN, LETTER = 4, 12, 14
CAPTION_WIDTH = 180
FRAMES, FRAME_MS, LAST_MS = 48, 250, 3000


def sample_grid(captions: Sequence[str], real: Pixels, made: Pixels, title: str) -> Image.Image:
    """Return one row a caption: its words, the real picture, and the generated ones.

    Args:
        captions: P of them.
        real: uint8 (P, S, S, 3).
        made: uint8 (P, K, S, S, 3): for each caption, the same K noises.
        title: Stands above the grid.
    """
    times = -(-CELL // real.shape[1])
    side = real.shape[1] * times
    rows, columns = made.shape[:2]
    left = CAPTION_WIDTH + MARGIN
    width = left + side + MARGIN + columns * (side + GAP) - GAP + MARGIN
    top = MARGIN + LETTER + MARGIN
    canvas = Image.new("RGB", (width, top + rows * (side + GAP) - GAP + MARGIN), "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(LETTER)
    draw.text((MARGIN, MARGIN), title, "black", font)
    draw.text((left, MARGIN), "real", "black", font)
    draw.text((left + side + MARGIN, MARGIN), "generated", "black", font)
    for row, caption in enumerate(captions):
        y = top + row * (side + GAP)
        write_lines(canvas, [caption, "(no font at hand has these letters)"], MARGIN, y, CAPTION_WIDTH)
        canvas.paste(_enlarged(real[row], times), (left, y))
        for column in range(columns):
            x = left + side + MARGIN + column * (side + GAP)
            canvas.paste(_enlarged(made[row, column], times), (x, y))
    return canvas


def save_film(pictures: Sequence[Path], path: Path) -> None:
    """Write an animated GIF of pictures of one size in their order, atomically; long series are thinned out."""
    chosen = np.linspace(0, len(pictures) - 1, min(len(pictures), FRAMES)).round().astype(int)
    frames = (Image.open(pictures[index]).convert("RGB") for index in chosen)  # one at a time: they are large
    durations = [FRAME_MS] * (len(chosen) - 1) + [LAST_MS]
    with written_aside(path) as aside:
        next(frames).save(
            aside, format="GIF", save_all=True, append_images=frames, duration=durations, loop=0
        )


def _enlarged(pixels: Pixels, times: int) -> Image.Image:
    return Image.fromarray(pixels.repeat(times, 0).repeat(times, 1))
