"""What can be said of a picture: vocabulary.yaml, with one entry per attribute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from admagan.schema.base import Strict

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_FILE = Path(__file__).parent / "vocabulary.yaml"


class Forms(Strict):
    """The ways one language has to say an attribute; vocabulary.yaml says what each is for."""

    noun: list[str] = Field(default_factory=list)
    mod: list[str] = Field(default_factory=list)
    tail: list[str] = Field(default_factory=list)
    adj: list[str] = Field(default_factory=list)
    with_: list[str] = Field(default_factory=list, alias="with")
    ing: list[str] = Field(default_factory=list)
    has: list[str] = Field(default_factory=list)
    also: list[str] = Field(default_factory=list)


class Value(Strict):
    """An attribute as vocabulary.yaml writes it."""

    en: Forms
    zh: Forms
    implies: list[str] = Field(default_factory=list)


class Group(Strict):
    """Attributes of one kind; `palette` and `attribute` make one per colour of the palette."""

    name: str
    facet: str
    """The part of a sentence that its attributes make together with those of other groups."""
    values: dict[str, Value] = Field(default_factory=dict)
    palette: str | None = None
    attribute: str = "{}"
    implies: list[str] = Field(default_factory=list)
    """What every attribute of the palette implies."""
    words: dict[str, dict[Language, list[str]]] = Field(default_factory=dict)
    """Colour -> language -> what it is called here, where that is not what it is called in general."""


class _File(Strict):
    colours: dict[str, dict[Language, list[str]]]
    groups: list[Group]


@dataclass(frozen=True)
class Entry:
    """One attribute."""

    name: str
    group: str
    facet: str
    en: Forms
    zh: Forms
    implies: tuple[str, ...] = ()
    is_colour: bool = False

    def forms(self, language: Language) -> Forms:
        """Return the forms of one language."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True)
class Vocabulary:
    """All attributes, in the order in which they are written down."""

    entries: dict[str, Entry]
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Group -> its attributes."""

    def with_implied(self, names: Iterable[str]) -> set[str]:
        """Return `names` and all that they imply."""
        result: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in result:
                result.add(name)
                waiting += self.entries[name].implies
        return result

    @cached_property
    def facets(self) -> dict[str, tuple[Entry, ...]]:
        """Facet -> its attributes, in order."""
        found: dict[str, tuple[Entry, ...]] = {}
        for entry in self.entries.values():
            found[entry.facet] = (*found.get(entry.facet, ()), entry)
        return found


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary."""
    file = _File.read(_FILE)
    palettes = yaml.safe_load((_FILE.parent / "palettes.yaml").read_text(encoding="utf-8"))["palettes"]
    entries: dict[str, Entry] = {}
    for group in file.groups:
        for name, value in group.values.items():
            entries[name] = Entry(name, group.name, group.facet, value.en, value.zh, tuple(value.implies))
        for colour in palettes[group.palette] if group.palette else ():
            words = {**file.colours.get(colour, {}), **group.words.get(colour, {})}
            name = group.attribute.format(colour)
            forms = {language: Forms(mod=words[language]) for language in LANGUAGES}
            implied = tuple(group.implies)
            entries[name] = Entry(name, group.name, group.facet, forms["en"], forms["zh"], implied, True)
    groups = {
        group.name: tuple(entry.name for entry in entries.values() if entry.group == group.name)
        for group in file.groups
    }
    return Vocabulary(entries, groups)
