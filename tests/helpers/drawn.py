"""A data set drawn with Pillow: coloured shapes with captions, no tags."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

COLOURS = {"red": (220, 40, 40), "green": (40, 170, 60), "blue": (40, 70, 220), "yellow": (240, 210, 40)}
SHAPES = ("circle", "square", "triangle")


def draw_set(root: Path, count: int = 200, side: int = 48) -> Path:
    """Write `count` pictures with a caption each; return `root`."""
    random = np.random.default_rng(0)
    root.mkdir(parents=True)
    lines = []
    for index in range(count):
        colour, shape = list(COLOURS)[index % 4], SHAPES[index % 3]
        size = ("small", "large")[int(random.integers(2))]
        _drawn(shape, COLOURS[colour], side // (4 if size == "small" else 3), random, side).save(
            root / f"{index}.png"
        )
        caption = f"a {size} {colour} {shape} on a grey background"
        lines.append(json.dumps({"file_name": f"{index}.png", "text": caption}))
    (root / "metadata.jsonl").write_text("\n".join(lines) + "\n")
    return root


def _drawn(shape: str, colour, radius: int, random, side: int) -> Image.Image:
    picture = Image.new("RGB", (side, side), (200, 200, 200))
    draw = ImageDraw.Draw(picture)
    x, y = random.integers(radius, side - radius, 2).tolist()
    box = (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        draw.ellipse(box, colour)
    elif shape == "square":
        draw.rectangle(box, colour)
    else:
        draw.polygon([(x, y - radius), (x - radius, y + radius), (x + radius, y + radius)], colour)
    return picture
