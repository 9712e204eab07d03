"""Contact sheets: sizes, captions that fit, and captions that no font can write."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from PIL import Image

from admagan.runtime import fonts
from admagan.runtime.fonts import font_for
from admagan.runtime.sheet import GAP, LINE_HEIGHT, MARGIN, MOST_LINES, SMALLEST_SIDE, Tile, sheet, wrapped

RED = Image.new("RGB", (16, 16), (255, 0, 0))


def ink(picture: Image.Image) -> int:
    """Return how many pixels are dark."""
    return int((np.asarray(picture.convert("L")) < 100).sum()) - int(
        (np.asarray(picture) == (255, 0, 0)).all(2).sum()
    )


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, 1, 1), (4, 2, 2), (8, 4, 2), (12, 4, 3), (16, 4, 4)]
)
def test_pictures_fill_a_block(count: int, columns: int, rows: int) -> None:
    drawn = sheet([Tile([RED] * count)])
    step = SMALLEST_SIDE + GAP
    assert drawn.size == (columns * step - GAP + 2 * MARGIN, rows * step - GAP + 2 * MARGIN)


def test_a_caption_is_written_below() -> None:
    bare, captioned = sheet([Tile([RED])]), sheet([Tile([RED], ["a red square"])])
    assert captioned.height == bare.height + LINE_HEIGHT + GAP
    assert ink(captioned) > 50


def test_what_no_font_can_write_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_OF_THE_SYSTEM", ())
    monkeypatch.setattr(fonts, "_BUNDLED", fonts._BUNDLED / "none")
    captions = ["红色头发", "red hair"]
    assert font_for(captions[0], 14) is None
    assert sheet([Tile([RED], captions)]) == sheet([Tile([RED], captions[1:])])
    assert sheet([Tile([RED], captions[:1])]) == sheet([Tile([RED])])


@pytest.mark.parametrize("text", ["hat " * 500, "x" * 2_000, "红" * 2_000])
def test_long_captions_are_written_at_once(text: str) -> None:
    start = time.process_time()
    sheet([Tile([RED] * 4, [text])])
    assert time.process_time() - start < 1  # measured at every length, they took half a minute


def test_captions_wrap_and_are_cut() -> None:
    font = font_for("abc", 14)
    assert font is not None
    lines = wrapped(
        "a man with a very long beard and a very long story to tell of it, longer still", font, 100
    )
    assert len(lines) == MOST_LINES
    assert lines[-1].endswith("...")
    assert all(font.getlength(line) <= 100 for line in lines)
    assert wrapped("short", font, 100) == ["short"]
    assert wrapped("x" * 100, font, 1) == [""]
    exactly = math.ceil(font.getlength("a man with a beard"))
    assert wrapped("a man with a beard", font, exactly) == ["a man with a beard"]
    whole = wrapped("x" * 100, font, 100)[0]
    assert font.getlength(whole) <= 100 < font.getlength(whole.replace("...", "x..."))
    assert wrapped("x" * 100, font, 100)[0].endswith("...")
    assert wrapped("红色头发红色头发红色头发", font, 60)[0] != "红色头发红色头发红色头发"


def test_tiles_of_a_sheet_keep_their_order() -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    drawn = sheet([Tile([Image.new("RGB", (16, 16), colour)]) for colour in colours], columns=3)
    seen = [drawn.getpixel((MARGIN + 5 + i * (SMALLEST_SIDE + MARGIN), MARGIN + 5)) for i in range(3)]
    assert seen == colours
