"""Choose what a caption says, and keep account of what it has said."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from admagan.data.sources.avatars.sampling import Drawing
from admagan.data.sources.avatars.vocabulary import Entry, Forms, Language, vocabulary

T = TypeVar("T")

# How readily people speak of a facet, and how many facets one caption has.
_SALIENCE = {
    "hair": 4,
    "hat": 5,
    "eyewear": 4,
    "beard": 4,
    "accessory": 4,
    "face": 3,
    "eyes": 2,
    "clothes": 2.5,
    "background": 1.6,
    "skin": 0.8,
    "style": 0.7,
    "body": 5,
    "horns": 4,
    "plant": 5,
    "pot": 4,
}
_COUNTS = {1: 16, 2: 30, 3: 30, 4: 16, 5: 8}
_DENIES = 0.14


@dataclass(frozen=True)
class Caption:
    """One caption and what it claims."""

    text: str
    named: frozenset[str]
    """Attributes that it names, as they are seen."""
    denied: frozenset[str]
    """Attributes that it says are not there."""


@dataclass
class Teller:
    """What one caption may say, and has said so far."""

    drawing: Drawing
    rng: random.Random
    language: Language
    named: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of `choices`."""
        return self.rng.choice(choices)

    def chance(self, share: float) -> bool:
        """Return true in that share of the cases."""
        return self.rng.random() < share

    def seen(self, facet: str) -> list[Entry]:
        """Return the attributes of a facet that are seen, without those that another of them implies."""
        entries = [entry for entry in vocabulary().facets[facet] if entry.name in self.drawing.tags]
        implied = {name for entry in entries if not entry.is_colour for name in entry.implies}
        return [entry for entry in entries if entry.name not in implied]

    def say(self, entry: Entry, form: str) -> str:
        """Return one of the words that `entry` has of a form (`mod`, `noun`, ...), and note it as named."""
        self.named.add(entry.name)
        return self.pick(forms_of(entry, self.language, form))

    def facets(self) -> list[str]:
        """Return what the caption is to speak of, in no particular order."""
        count = self.rng.choices(list(_COUNTS), list(_COUNTS.values()))[0]
        left = [facet for facet in _SALIENCE if self.seen(facet)]
        chosen: list[str] = []
        while left and len(chosen) < count:
            facet = self.rng.choices(left, [_SALIENCE[facet] for facet in left])[0]
            left.remove(facet)
            chosen.append(facet)
        return chosen

    def missing(self) -> str | None:
        """Return, now and then, an attribute whose absence is worth a word, and note it as denied."""
        if not self.chance(_DENIES):
            return None
        absent = [name for name, group, subject in _DENIABLE if self._absent(name, group, subject)]
        if not absent:
            return None
        name = self.pick(absent)
        self.denied.add(name)
        return name

    def caption(self, text: str) -> Caption:
        """Return the finished caption."""
        return Caption(text, frozenset(self.named), frozenset(self.denied))

    def _absent(self, name: str, group: str, subject: str) -> bool:
        known = group not in self.drawing.unknown and subject in self.drawing.tags
        beardless_woman = name == "beard" and "woman" in self.drawing.tags
        return (
            known and not beardless_woman and not self.drawing.tags.intersection(vocabulary().groups[group])
        )


_DENIABLE = (
    ("glasses", "eyewear", "person"),
    ("hat", "headwear", "person"),
    ("beard", "facial hair", "person"),
    ("horns", "head top", "monster"),
)


@dataclass
class Surroundings:
    """The pieces of a description that every language has."""

    background: str = ""
    style: str = ""
    missing: str = ""


def add_background(teller: Teller, parts: Surroundings) -> None:
    """Say the colour of the background."""
    parts.background = teller.say(teller.seen("background")[0], "mod")


def add_style(teller: Teller, parts: Surroundings) -> None:
    """Say the style of the drawing."""
    parts.style = teller.say(teller.seen("style")[0], "mod")


def forms_of(entry: Entry, language: Language, form: str) -> list[str]:
    """Return the words of one form."""
    forms: Forms = entry.forms(language)
    words: list[str] = getattr(forms, "with_" if form == "with" else form)
    return words


def having(entries: Iterable[Entry], language: Language, form: str) -> list[Entry]:
    """Return the entries that have words of a form."""
    return [entry for entry in entries if forms_of(entry, language, form)]
