"""Contact sheets: pictures in rows and columns, with captions."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from admagan.runtime.fonts import Font, font_for

MARGIN, GAP = 8, 4
TEXT_SIZE = 14
LINE_HEIGHT = 18
MOST_LINES = 4
PAPER, INK = (255, 255, 255), (34, 34, 34)
SMALLEST_SIDE = 128
"""Pictures are shown at least this large, so that a caption fits below them."""
_PART = re.compile(r"[\u2e80-\U0003ffff]\s*|[^\s\u2e80-\U0003ffff]+\s*")


@dataclass(frozen=True)
class Tile:
    """Pictures that belong together, and what is said of them."""

    pictures: Sequence[Image.Image]
    """At least one; all of one size."""
    captions: Sequence[str] = ()
    """The first that can be written with the fonts at hand is; none: no caption."""


def sheet(tiles: Sequence[Tile], columns: int | None = None) -> Image.Image:
    """Draw tiles from left to right and top to bottom.

    Args:
        tiles: At least one. Those with several pictures show them in a block, with the caption below.
        columns: Tiles in a row; None: about as wide as high.
    """
    side = max(SMALLEST_SIDE, tiles[0].pictures[0].width)
    blocks = [_block(tile, side) for tile in tiles]
    columns = columns or _columns(len(tiles), blocks[0].width / blocks[0].height)
    rows = [blocks[start : start + columns] for start in range(0, len(blocks), columns)]
    widths = [max(block.width for block in blocks[column::columns]) for column in range(len(rows[0]))]
    heights = [max(block.height for block in row) for row in rows]
    size = (sum(widths) + MARGIN * (len(widths) + 1), sum(heights) + MARGIN * (len(heights) + 1))
    paper = Image.new("RGB", size, PAPER)
    for number, block in enumerate(blocks):
        row, column = divmod(number, columns)
        left = MARGIN + sum(widths[:column]) + MARGIN * column
        top = MARGIN + sum(heights[:row]) + MARGIN * row
        paper.paste(block, (left, top))
    return paper


def matrix_sheet(rows: Sequence[str], columns: Sequence[str], pictures: Sequence[Image.Image]) -> Image.Image:
    """Draw pictures, row by row, with a name before each row and above each column; names may be empty."""
    side = max(SMALLEST_SIDE, pictures[0].width)
    step = side + GAP
    left = MARGIN + max(_text_width(name, side) for name in rows)
    top = MARGIN + max(text_height([name], side) for name in columns)
    paper = Image.new("RGB", (left + len(columns) * step + MARGIN, top + len(rows) * step + MARGIN), PAPER)
    for number, name in enumerate(columns):
        write_lines(paper, [name], left + number * step, MARGIN, side)
    for number, name in enumerate(rows):
        middle = (side - text_height([name], side)) // 2
        write_lines(paper, [name], MARGIN, top + number * step + middle, side)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, len(columns))
        paper.paste(_shown(picture, side), (left + column * step, top + row * step))
    return paper


def write_lines(paper: Image.Image, captions: Sequence[str], left: int, top: int, width: int) -> None:
    """Write the first caption that a font at hand can write, wrapped to `width` pixels, in `MOST_LINES` lines."""
    found = _writable(captions)
    if found is not None:
        text, font = found
        draw = ImageDraw.Draw(paper)
        for number, line in enumerate(wrapped(text, font, width)):
            draw.text((left, top + number * LINE_HEIGHT), line, fill=INK, font=font)


def wrapped(text: str, font: Font, width: int) -> list[str]:
    """Return `text` in lines of at most `width` pixels, broken at spaces, or anywhere in scripts without them."""
    lines = [""]
    for part in _parts(text[: MOST_LINES * width]):  # no letter is narrower than a pixel
        if not lines[-1] or font.getlength(lines[-1] + part.rstrip()) <= width:
            lines[-1] += part
        else:
            lines.append(part)
    lines = [line.strip() for line in lines]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], "".join(lines[MOST_LINES - 1 :])]
    return [_shortened(line, font, width) for line in lines]


def _block(tile: Tile, side: int) -> Image.Image:
    across = _columns(len(tile.pictures), 1.0)
    down = math.ceil(len(tile.pictures) / across)
    width, height = across * (side + GAP) - GAP, down * (side + GAP) - GAP
    paper = Image.new("RGB", (width, height + text_height(tile.captions, width)), PAPER)
    for number, picture in enumerate(tile.pictures):
        row, column = divmod(number, across)
        paper.paste(_shown(picture, side), (column * (side + GAP), row * (side + GAP)))
    write_lines(paper, tile.captions, 0, height + GAP, width)
    return paper


def _shown(picture: Image.Image, side: int) -> Image.Image:
    return picture if picture.width == side else picture.resize((side, side), Image.Resampling.BICUBIC)


def text_height(captions: Sequence[str], width: int) -> int:
    """Return the height of the caption that will be written, with the gap above it; 0 for none."""
    found = _writable(captions)
    return len(wrapped(*found, width)) * LINE_HEIGHT + GAP if found else 0


def _text_width(caption: str, width: int) -> int:
    """Return the width of a caption that is wrapped to `width`, with a gap after it; 0 for none."""
    found = _writable([caption])
    return (
        math.ceil(max(found[1].getlength(line) for line in wrapped(*found, width))) + MARGIN if found else 0
    )


def _columns(count: int, aspect: float) -> int:
    """Return how many in a row, of `count` things of this width over height, make a wide sheet with few gaps."""

    def cost(columns: int) -> float:
        rows = math.ceil(count / columns)
        return abs(math.log(columns * aspect / rows / 1.4)) + (columns * rows - count) / count

    return min(range(1, count + 1), key=cost)


def _writable(captions: Sequence[str]) -> tuple[str, Font] | None:
    for caption in captions:
        text = " ".join(caption.split())
        font = font_for(text, TEXT_SIZE) if text else None
        if font is not None:
            return text, font
    return None


def _parts(text: str) -> list[str]:
    """Return the pieces between which a line may break: words, and single characters of scripts without spaces."""
    return _PART.findall(text)


def _shortened(line: str, font: Font, width: int) -> str:
    """Cut a line that is too wide."""
    if font.getlength(line) <= width:
        return line

    def cut(length: int) -> str:
        return line[:length].rstrip() + "..."

    fitting = bisect_right(
        range(1, len(line)), width, key=lambda length: math.ceil(font.getlength(cut(length)))
    )
    return cut(fitting) if fitting else ""
