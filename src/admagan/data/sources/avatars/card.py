"""The card of the data set: README.md, with the licence of every style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from admagan.data.sources.avatars.rendering import definition
from admagan.data.sources.avatars.splits import heldout_pairs
from admagan.data.sources.avatars.tables import style_tables
from admagan.data.sources.avatars.vocabulary import vocabulary
from admagan.schema.records import Attribute, Split

PERMISSIVE = ("CC0 1.0", "CC BY 4.0", "MIT", "Free for personal and commercial use")
"""Licences that a style may have, to be drawn here."""


@dataclass(frozen=True)
class Licence:
    """Who made a style, and on which terms it may be used."""

    source: str
    title: str
    """Name of the original work."""
    author: str
    licence: str
    url: str
    """Where the terms are."""
    work: str
    """Where the original is."""


def licences() -> tuple[Licence, ...]:
    """Return the licence of every style that is drawn."""
    found: list[Licence] = []
    for table in style_tables():
        meta = definition(table.source)["meta"]
        licence, work = meta["license"], meta["source"]
        found.append(
            Licence(
                table.source,
                work["name"],
                meta["creator"]["name"],
                licence["name"],
                licence["url"],
                work["url"],
            )
        )
    return tuple(found)


def card(size: int, seed: int, splits: Mapping[Split | None, int], attributes: Sequence[Attribute]) -> str:
    """Return the text of README.md."""
    count = sum(splits.values())
    parts = [
        _head(count, size, seed),
        "## Splits\n\n" + _splits(splits),
        "## Styles and licences\n\n" + licence_table() + "\n\n" + _CHANGES,
        "## Attributes\n\nWith the number of training pictures that have each.\n\n" + _attributes(attributes),
    ]
    return "\n\n".join(parts) + "\n"


def licence_table() -> str:
    """Return a Markdown table of the styles."""
    styles = {table.source: table.style for table in style_tables()}
    rows = [
        f"| {one.source} | {styles[one.source]} | [{one.title}]({one.work}) | {one.author} "
        f"| [{one.licence}]({one.url}) |"
        for one in licences()
    ]
    return "\n".join(
        ["| Source | Attribute | Original | By | Licence |", "| --- | --- | --- | --- | --- |", *rows]
    )


def attribute_table() -> str:
    """Return a Markdown table of the attributes by group."""
    rows = [f"| {group} | {', '.join(names)} |" for group, names in vocabulary().groups.items()]
    return "\n".join(["| Group | Attributes |", "| --- | --- |", *rows])


def pair_list() -> str:
    """Return the held-out pairs as one line."""
    order = list(vocabulary().entries)
    return "; ".join(" + ".join(sorted(pair, key=order.index)) for pair in heldout_pairs())


_CHANGES = (
    "Changed from the originals: the pictures are cut closer, colours come from named palettes, in some styles "
    "hair, beards and hats take other colours and highlights are weaker, and patterns too faint at 64 pixels are "
    "left out. The definitions are those of the packages dicebear-styles and dicebear-core (MIT)."
)


def _head(count: int, size: int, seed: int) -> str:
    return f"""---
license: other
task_categories: [text-to-image]
language: [en, zh]
---

# Avatars

{count:,} drawn avatars of {size} x {size} pixels with tags and captions in English and Chinese: people, monsters
and potted plants in {len(style_tables())} styles. Made by

    admagan data make avatars OUT --count {count} --size {size} --seed {seed}

which gives the same bytes each time. `metadata.jsonl` has one picture a line: `file_name`, `text` (four English,
then two or three Chinese captions; each names a part of what is there), `tags` (group: value or values) and
`split`. A group that is empty is known to have none; a group that is missing is not known, because what it is about
is hidden (hair under a hat) or cannot be told at this size. `attributes.json` has names, groups and phrases.

The tags *man* and *woman* say how a picture reads: by the hair, the beard or painted lips. Where none of these
speaks, the group is missing and captions say "person"."""


def _splits(splits: Mapping[Split | None, int]) -> str:
    lines = [f"- {name}: {splits.get(name, 0):,}" for name in ("train", "validation", "test")]
    return "\n".join(
        [
            *lines,
            "",
            "Every test picture has at least one of these pairs of attributes; no training or validation picture "
            "has any:",
            "",
            pair_list() + ".",
        ]
    )


def _attributes(attributes: Sequence[Attribute]) -> str:
    counts = {attribute.name: attribute.count for attribute in attributes}
    return "\n".join(
        f"- {group}: " + ", ".join(f"{name} ({counts[name]:,})" for name in names)
        for group, names in vocabulary().groups.items()
    )
