"""How an attribute bank is built, and the file that stores one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from admagan.schema.base import Strict
from admagan.schema.records import Attribute


class BankSettings(Strict):
    """What becomes an attribute of the bank."""

    source: Literal["auto", "tags", "captions", "both"] = "auto"
    """Where attributes come from; auto: tags where any training record has them, else captions."""
    max_attributes: PositiveInt = 512
    """The most that are kept: of tags the most frequent, of mined phrases the best ranked."""
    min_count: PositiveInt = 10
    """Training images that must have an attribute; of a set of fewer than 2,000, 0.5 % of the images, at
    least 2."""
    languages: tuple[Annotated[str, Field(min_length=2, max_length=8)], ...] = ("en", "zh")
    """Languages whose phrases are taken over from the attributes.json of a data set folder."""


class AttributeFile(Strict):
    """attributes.json, of a data set folder or of a model folder."""

    format: Literal[1] = 1
    """Version of this layout."""
    attributes: tuple[Attribute, ...]
    """In the order in which models number them."""
