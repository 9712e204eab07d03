"""How pictures become training samples: the part of the settings that belongs to no network."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from admagan.schema.base import Strict


class DataSettings(Strict):
    """Fitting and augmentation of pictures; the training size comes from the model."""

    fit: Literal["crop", "pad", "stretch"] = "crop"
    """What a picture that is not square becomes: its middle square (crop), a square with margins (pad:
    nothing is lost; right for product photos that are taller than wide) or a distorted one (stretch)."""
    padding: Literal["edge", "white"] = "edge"
    """Margins of `fit: pad`: the outermost pixels repeated, or white."""
    bbox: bool = True
    """Where a record has a bounding box, cut to its surroundings first (CUB's rule)."""
    random_crop: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Pictures are cached larger by this share of the training size, and a random square of the training size
    is cut in every epoch. 0.1875 (76 px for 64) is usual for photos of birds; 0 keeps the whole picture."""
    flip: bool = False
    """Mirror half of the pictures, anew in every epoch. Off, because text and left-and-right would suffer."""

    def cached_size(self, size: int) -> int:
        """Return the side in pixels of the cached pictures for a training size."""
        return size + round(size * self.random_crop)
