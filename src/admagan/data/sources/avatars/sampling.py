"""Choose what is in a picture: variants, colours, and the attributes that are then seen."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from admagan.data.sources.avatars.colours import distance
from admagan.data.sources.avatars.tables import Choice, Paint, StyleTable, palettes, style_tables
from admagan.data.sources.avatars.vocabulary import vocabulary

_APART = 0.16  # OKLab distance that tells a part from what lies behind it at 64 px
_FOLLOWS = 0.85  # share of beards that have the colour of the hair
T = TypeVar("T")


@dataclass(frozen=True)
class Drawing:
    """One picture, before it is drawn."""

    source: str
    """The style's definition."""
    options: dict[str, str | float]
    """Every option that matters to the drawing library; nothing is left for it to choose."""
    tags: frozenset[str]
    """Attributes that can be seen."""
    unknown: frozenset[str]
    """Groups of which nothing can be said, because what they are about is hidden or too small."""
    colours: dict[str, str]
    """Paint -> the name of its colour, for captions."""

    def grouped(self) -> dict[str, str | list[str]]:
        """Return the tags as group -> value(s); a group that is empty is known to have none."""
        result: dict[str, str | list[str]] = {}
        for group, names in vocabulary().groups.items():
            if group not in self.unknown:
                present = [name for name in names if name in self.tags]
                result[group] = present[0] if len(present) == 1 else present
        return result


def picture_random(seed: int, index: int, purpose: str) -> random.Random:
    """Return the random numbers of one picture for one purpose: the same on every machine and process."""
    return random.Random(f"admagan avatars {seed} {index} {purpose}")  # noqa: S311


def draw(rng: random.Random) -> Drawing:
    """Choose a style and a picture of it."""
    tables = style_tables()
    return draw_style(_pick(rng, tables, [table.weight for table in tables]), rng)


def draw_style(table: StyleTable, rng: random.Random) -> Drawing:
    """Choose a picture of one style."""
    chosen, options = _choose_parts(table, rng)
    tags = {table.style, table.subject, *table.tags, *(tag for choice in chosen for tag in choice.tags)}
    known = vocabulary()
    tags |= known.with_implied(tag for tag in tags if not tag.startswith("_"))
    unknown = {group for choice in chosen for group in choice.hides}
    if table.subject == "person" and not tags & {"man", "woman"}:
        unknown.add("gender")
    colours: dict[str, str] = {}
    for paint, name, colour in _choose_colours(table.paints, rng):
        options[f"{paint.paint}Color"] = colour
        colours[paint.paint] = name
        tags |= {one.attribute.format(name) for one in paint.names if one.allowed(tags)}
    if any(tag not in known.entries for tag in tags if tag.endswith(" beard")):
        unknown.add("beard colour")
    seen = {tag for tag in tags if tag in known.entries and known.entries[tag].group not in unknown}
    return Drawing(table.source, options, frozenset(seen), frozenset(unknown), colours)


def _choose_parts(table: StyleTable, rng: random.Random) -> tuple[list[Choice], dict[str, str | float]]:
    options: dict[str, str | float] = dict(table.options)
    options.update({f"{component}Probability": 0.0 for component in sorted(table.components())})
    chosen: list[Choice] = []
    tags: set[str] = set()
    for choices in table.parts.values():
        allowed = [choice for choice in choices if choice.allowed(tags)]
        choice = _pick(rng, allowed, [each.weight for each in allowed])
        chosen.append(choice)
        tags |= set(choice.tags)
        for component, variants in choice.draw.items():
            options[f"{component}Probability"] = 100.0
            options[f"{component}Variant"] = _pick(rng, [variants] if isinstance(variants, str) else variants)
    return chosen, options


def _choose_colours(paints: Sequence[Paint], rng: random.Random) -> list[tuple[Paint, str, str]]:
    """Return (paint, name, colour) for each paint, all of them told apart as the table wants."""
    result: list[tuple[Paint, str, str]] = []
    colours: dict[str, str] = {}
    for paint in paints:
        palette = palettes().palettes[paint.palette]
        taken = [colours.get(other, other) for other in paint.apart]
        choices = [
            (name, colour)
            for name, shades in palette.items()
            for colour in shades
            if all(distance(colour, other) >= _APART for other in taken)
        ]
        weights = [palettes().weight(paint.palette, name) / len(palette[name]) for name, _ in choices]
        name, colour = _pick(rng, choices, weights)
        followed = colours.get(paint.follow or "")
        same = [choice for choice in choices if choice[1] == followed]
        if rng.random() < _FOLLOWS and same:
            name, colour = same[0]
        colours[paint.paint] = colour
        result.append((paint, name, colour))
    return result


def _pick(rng: random.Random, choices: Sequence[T], weights: Sequence[float] | None = None) -> T:
    return rng.choices(choices, weights)[0]
