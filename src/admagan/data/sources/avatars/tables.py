"""What can be drawn: the tables under styles/ and the palettes, read and checked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from admagan.data.sources.avatars.vocabulary import vocabulary
from admagan.errors import InputError
from admagan.schema.base import Strict

FOLDER = Path(__file__).parent
Drawn = str | list[str]


class Edit(Strict):
    """A change to a style's definition before it is drawn, such as giving a hat a colour of its own."""

    at: str
    """A component, or `canvas`."""
    variants: list[str] = Field(default_factory=list)
    """Variants of the component; none: all."""
    find: str
    """JSON text to replace; must occur."""
    put: str


class Choice(Strict):
    """One way to draw a part."""

    draw: dict[str, Drawn] = Field(default_factory=dict)
    """Component -> variant, or variants of which one is drawn at random."""
    tags: list[str] = Field(default_factory=list)
    """Attributes that are then seen; a leading underscore marks one that only the table uses."""
    hides: list[str] = Field(default_factory=list)
    """Groups of which nothing can be said then: hidden, or too small to be sure."""
    weight: float = Field(default=1, gt=0)
    needs: list[str] = Field(default_factory=list)
    """Tags of which one must have been chosen before."""
    unless: list[str] = Field(default_factory=list)
    """Tags of which none may have been chosen before."""

    def allowed(self, tags: set[str]) -> bool:
        """Whether the choice goes with the `tags` chosen so far."""
        return not tags.intersection(self.unless) and (not self.needs or bool(tags.intersection(self.needs)))


class Name(Strict):
    """The attribute that a painted part stands for, `{}` being the colour's name."""

    attribute: str
    needs: list[str] = Field(default_factory=list)
    unless: list[str] = Field(default_factory=list)

    def allowed(self, tags: set[str]) -> bool:
        """Whether the part is there to be seen, given all `tags` chosen."""
        return not tags.intersection(self.unless) and (not self.needs or bool(tags.intersection(self.needs)))


class Paint(Strict):
    """One colour of a style."""

    paint: str
    """The style's own name of the colour, or `background`."""
    palette: str
    apart: list[str] = Field(default_factory=list)
    """Paints chosen before, or colours, from which this one must differ clearly."""
    follow: str | None = None
    """A paint that this one mostly equals (beard and hair)."""
    names: list[Name] = Field(default_factory=list)


class StyleTable(Strict):
    """One style: what it can draw and what is then seen."""

    source: str
    """Name of the definition in the dicebear-styles package."""
    style: str
    """Attribute of the group `style`."""
    subject: str
    """Attribute of the group `subject`."""
    weight: float = Field(gt=0)
    """Share of the pictures, relative to the other styles' weights."""
    options: dict[str, str | float]
    """Options that are the same in every picture."""
    edits: list[Edit] = Field(default_factory=list)
    parts: dict[str, list[Choice]]
    """Part -> choices, in the order in which they are made."""
    paints: list[Paint]
    """Colours, in the order in which they are chosen."""
    tags: list[str] = Field(default_factory=list)
    """Attributes of every picture of the style."""

    def components(self) -> set[str]:
        """Return the components that choices draw."""
        return {name for choices in self.parts.values() for choice in choices for name in choice.draw}


class Palettes(Strict):
    """The named colours of each part."""

    palettes: dict[str, dict[str, list[str]]]
    """Palette -> colour's name -> colours as #rrggbb."""
    weights: dict[str, dict[str, float]] = Field(default_factory=dict)

    def weight(self, palette: str, name: str) -> float:
        """Return how often a colour is taken, relative to the others of its palette."""
        return self.weights.get(palette, {}).get(name, 1)


@cache
def palettes() -> Palettes:
    """Return the palettes."""
    return Palettes.read(FOLDER / "palettes.yaml")


@cache
def style_tables() -> tuple[StyleTable, ...]:
    """Return the table of every style, by file name.

    Raises:
        InputError: A table names an attribute or a group that the vocabulary does not have.
    """
    files = sorted((FOLDER / "styles").glob("*.yaml"))
    tables = tuple(StyleTable.read(file) for file in files)
    for file, table in zip(files, tables, strict=True):
        _check_names(table, str(file))
    return tables


def _check_names(table: StyleTable, where: str) -> None:
    known = vocabulary()
    choices = [choice for part in table.parts.values() for choice in part]
    names = [tag for choice in choices for tag in choice.tags if not tag.startswith("_")]
    for paint in table.paints:
        colours = palettes().palettes[paint.palette]
        names += [name.attribute.format(colour) for name in paint.names for colour in colours]
    for name in [table.style, table.subject, *table.tags, *names]:
        if name not in known.entries and not _is_unnamed_beard(name):
            raise InputError(where, "attributes of vocabulary.yaml", repr(name))
    for group in (group for choice in choices for group in choice.hides):
        if group not in known.groups:
            raise InputError(where, "groups of vocabulary.yaml", repr(group))


def _is_unnamed_beard(name: str) -> bool:
    """Whether `name` is a beard in a colour that beards share with fancy hair: drawn, but too rare to name."""
    return name.endswith(" beard")
