"""One picture of a data set, as a line of metadata.jsonl says it, and one attribute of its bank."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, field_validator

from admagan.errors import InputError
from admagan.schema.base import Strict, shorten

Split = Literal["train", "validation", "test"]
TagValue = str | list[str]


MINED_GROUP = "mentioned in captions"
"""Group of the attributes that were mined from captions."""


class Record(Strict):
    """A picture with its captions and tags; `file_name` is relative to the data set folder."""

    file_name: Annotated[str, Field(min_length=1)]
    """Path of the image below the folder, with forward slashes."""
    text: list[str] = Field(default_factory=list)
    """Captions; one string is read as a list of one, null as none."""
    tags: list[str] | dict[str, TagValue] | None = None
    """A list, or group -> value(s). None: unknown, which is not the same as an empty list: none apply."""
    split: Split | None = None
    """Where unset, a stable hash of the id decides."""
    bbox: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat] | None = None
    """x, y, width, height in pixels of the original image."""
    id: str | None = None
    """Unique name; `file_name` where unset."""

    @field_validator("text", mode="before")
    @classmethod
    def _one_caption_is_a_list(cls, value: object) -> object:
        if value is None:
            return []
        return [value] if isinstance(value, str) else value

    @field_validator("tags", mode="before")
    @classmethod
    def _tags_are_text(cls, value: object) -> object:
        """Name the tag that is no text; pydantic would only say that these are neither of two types."""
        if value is None:
            return None
        for group, tags in value.items() if isinstance(value, dict) else [("", value)]:
            texts = tags if isinstance(tags, list) else [tags]
            wrong = [tag for tag in texts if not isinstance(tag, str)]
            if wrong:
                where = f"tags.{group}" if group else "tags"
                raise InputError(where, 'text, such as "yes", or a list of texts', shorten(wrong[0]))
        return value

    @property
    def key(self) -> str:
        """The unique name of this record."""
        return self.id if self.id is not None else self.file_name


class Attribute(Strict):
    """One entry of the attribute bank: a phrase that is true of an image or not."""

    name: Annotated[str, Field(min_length=1)]
    """The canonical phrase, unique within the bank, such as "blue hat"."""
    group: str = ""
    """The group it is one value of ("hat colour"), or "" for none."""
    phrases: dict[str, list[str]] = Field(default_factory=dict)
    """Language code ("en", "zh") -> other ways to say it, for matching prompts and showing to people."""
    count: Annotated[int, Field(ge=0)] = 0
    """Training images that have it."""
