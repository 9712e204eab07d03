"""Sample grids."""

from __future__ import annotations

import numpy as np
import pytest

from admagan.runtime.fonts import font_for
from admagan.training.grid import CAPTION_WIDTH, MARGIN, sample_grid


def test_captions_in_chinese_are_no_boxes():
    captions = ["红色的帽子", "蓝色的胡子"]
    if any(font_for(caption, 14) is None for caption in captions):
        pytest.skip("no Chinese font here")
    real, made = np.zeros((1, 64, 64, 3), np.uint8), np.zeros((1, 2, 64, 64, 3), np.uint8)
    drawn = [np.asarray(sample_grid([caption], real, made, "")) for caption in captions]
    written = [picture[:, : MARGIN + CAPTION_WIDTH] for picture in drawn]
    assert (written[0] != written[1]).any()
