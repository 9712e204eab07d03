"""How an attribute bank is built, and the file that stores one."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from admagan.schema.base import Strict
from admagan.schema.records import Attribute

ATTRIBUTES = "attributes.json"
"""The file that stores a bank, in data set folders, run folders and model folders."""
RARE_SHARE = 0.005
"""Of the images of a small set, that an attribute needs."""


class BankSettings(Strict):
    """What becomes an attribute of the bank."""

    source: Literal["auto", "tags", "captions", "both"] = "auto"
    """Where attributes come from; auto: tags where any training record has them, else captions."""
    max_attributes: PositiveInt = 512
    """The most that are kept: of tags the most frequent, of mined phrases the best ranked."""
    min_count: PositiveInt = 10
    """Training images that must have an attribute; in a set of fewer than 2,000, 0.5 % of the images."""
    languages: tuple[Annotated[str, Field(min_length=2, max_length=8)], ...] = ("en", "zh")
    """Languages whose phrases are taken over from the attributes.json of a data set folder."""
    miner: Literal["auto", "pattern", "spacy"] = "auto"
    """How captions are cut into phrases; auto: with spacy where it and an English model of it are installed."""

    def threshold(self, images: int) -> int:
        """Return how many of a set's training images must have an attribute."""
        return max(1, min(self.min_count, math.ceil(RARE_SHARE * images)))


class AttributeFile(Strict):
    """attributes.json, of a data set folder or of a model folder."""

    format: Literal[1] = 1
    """Version of this layout."""
    attributes: tuple[Attribute, ...]
    """In the order in which models number them."""
