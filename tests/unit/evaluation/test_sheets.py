"""Sheets of pictures with headings."""

from __future__ import annotations

import numpy as np

from admagan.evaluation.sheets import MARGIN, Column, Strip, draw_columns
from admagan.runtime.sheet import INK


def test_long_headings_are_wrapped_beside_each_other_and_above_the_pictures() -> None:
    white = np.full((16, 16, 3), 255, np.uint8)
    headings = [("attributes in all but the last block", 2), ("sentence in three blocks, then attributes", 2)]
    sheet = draw_columns([Column(headings, [Strip([white] * 4, "a caption")])], 48)
    pixels = np.asarray(sheet)
    ink = (pixels < INK[0] + 60).all(2)
    second = MARGIN + 2 * (48 + 4) - 4 + 20
    assert not ink[:, second - 8 : second].any()
    assert ink[MARGIN + 18 : MARGIN + 36].any()
    short = draw_columns([Column([("a", 2), ("b", 2)], [Strip([white] * 4, "a caption")])], 48)
    assert short.height < sheet.height
