"""Fonts for captions: whichever one at hand has all the characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_BUNDLED = Path(__file__).resolve().parent.parent / "fonts"
# By file name, as FreeType finds them on Linux, macOS and Windows.
_OF_THE_SYSTEM = (
    "DejaVuSans.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "Arial Unicode.ttf",
    "msyh.ttc",
    "simsun.ttc",
)


def font_for(text: str, size: int) -> Font | None:
    """Return a font of `size` pixels that has every character of `text`, or None where there is none at hand."""
    characters = frozenset(text) - {" ", "\n"}
    return next((font for font in _fonts(size) if _covers(font, characters)), None)


def _fonts(size: int) -> Iterator[Font]:
    yield _default(size)
    for name in (*(str(path) for path in sorted(_BUNDLED.glob("*.[ot]tf"))), *_OF_THE_SYSTEM):
        font = _named(name, size)
        if font is not None:
            yield font


@lru_cache
def _default(size: int) -> Font:
    """Return the Latin font that is a part of Pillow."""
    return ImageFont.load_default(size)


@lru_cache
def _named(name: str, size: int) -> Font | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _covers(font: Font, characters: Iterable[str]) -> bool:
    """Return whether a font has all characters: what it lacks, it draws as it draws a character that cannot be."""
    missing = bytes(font.getmask("\uffff"))
    return all(bytes(font.getmask(character)) != missing for character in characters)
