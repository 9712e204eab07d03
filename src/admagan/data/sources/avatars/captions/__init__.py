"""Say what is in a picture, as people do: a part of it, in many ways, in English and Chinese."""

from __future__ import annotations

import random

from admagan.data.sources.avatars.captions import chinese, english
from admagan.data.sources.avatars.captions.plan import Caption
from admagan.data.sources.avatars.sampling import Drawing

__all__ = ["Caption", "captions"]

_ENGLISH, _CHINESE = 4, (2, 3)


def captions(drawing: Drawing, rng: random.Random) -> list[Caption]:
    """Return 4 English and 2 or 3 Chinese captions, all different, English first."""
    result: dict[str, Caption] = {}
    for tell, wanted in ((english.tell, _ENGLISH), (chinese.tell, rng.choice(_CHINESE))):
        end = len(result) + wanted
        while len(result) < end:
            caption = tell(drawing, rng)
            result.setdefault(caption.text, caption)
    return list(result.values())
