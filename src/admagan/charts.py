"""What the charts of all pages have in common: letters that can be drawn, text that is taken as it is, colours."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache

import numpy as np
from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure
from PIL import Image

FONTS = (
    "DejaVu Sans",  # comes with matplotlib
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Arial Unicode MS",
    "Noto Sans",
)
"""Tried in this order for each letter; those that are not installed are left out."""
INK, MUTED, LINE, ACCENT = "#1f2430", "#6b7280", "#d9dce3", "#3f5bd9"


def chart_style(size: int = 9) -> AbstractContextManager[None]:
    """Return the style of charts, with letters of `size` points."""
    return rc_context(
        {
            "font.family": _fonts(),
            "font.size": size,
            "text.color": INK,
            "axes.labelcolor": MUTED,
            "axes.edgecolor": LINE,
            "xtick.color": MUTED,
            "ytick.color": INK,
            "text.parse_math": False,  # names and captions may hold dollar signs
        }
    )


def drawable(texts: Sequence[str]) -> str:
    """Return the text that the fonts at hand can draw most of, without the letters that they cannot."""
    kept = ["".join(letter for letter in text if _has_glyph(letter)) for text in texts]
    shares = [len(short) / max(1, len(text)) for short, text in zip(kept, texts, strict=True)]
    return kept[int(np.argmax(shares))] if kept else ""


def png(figure: Figure) -> bytes:
    """Return a chart as the content of a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def picture(figure: Figure) -> Image.Image:
    """Return a chart as an RGB picture."""
    return Image.open(io.BytesIO(png(figure))).convert("RGB")


@cache
def _fonts() -> list[str]:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in FONTS if name in installed]


@cache
def _has_glyph(letter: str) -> bool:
    files = [font_manager.findfont(name) for name in _fonts()]
    return any(font_manager.get_font(file).get_char_index(ord(letter)) for file in files)
