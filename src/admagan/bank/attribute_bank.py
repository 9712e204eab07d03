"""The attributes that a model knows: look-up by name, multi-hot vectors, and mentions in a text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from admagan.bank.matching import Match, Matcher
from admagan.bank.words import identity, is_unknown, normalise, read_groups
from admagan.errors import InputError
from admagan.schema.bank import AttributeFile
from admagan.schema.records import MINED_GROUP, Attribute

NO_CHOICE = frozenset({"", MINED_GROUP})
"""Groups of which a picture has any number of attributes."""
NAMES_WITH_GROUP = ("{value} {group}", "{group} {value}", "{value} ({group})")
"""What an attribute may be called whose value another group has too, the first that is free."""

Tags = list[str] | dict[str, str | list[str]] | None


@dataclass(frozen=True)
class AttributeBank:
    """Attributes in the order in which vectors and the memory's rows number them.

    Raises:
        InputError: A name is blank, or two are the same but for spelling.
    """

    attributes: tuple[Attribute, ...]
    """n of them; may be none."""

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for attribute in self.attributes:
            key = identity(attribute.name)
            if not key:
                raise InputError("attributes", "names that are not blank", repr(attribute.name))
            if key in seen:
                raise InputError("attributes", "names that differ", f"{seen[key]!r} and {attribute.name!r}")
            seen[key] = attribute.name

    def __len__(self) -> int:
        return len(self.attributes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The canonical phrase of each attribute."""
        return tuple(attribute.name for attribute in self.attributes)

    @cached_property
    def groups(self) -> dict[str, tuple[int, ...]]:
        """Group -> indices, in order of first appearance; "" holds those without a group."""
        groups: dict[str, list[int]] = {}
        for index, attribute in enumerate(self.attributes):
            groups.setdefault(attribute.group, []).append(index)
        return {group: tuple(indices) for group, indices in groups.items()}

    def index(self, name: str) -> int:
        """Return the position of the attribute that `name` (or another phrase for it) means.

        Raises:
            InputError: There is no such attribute; the message lists the nearest.
        """
        found = self.find(name)
        if found is not None:
            return found
        near = difflib.get_close_matches(identity(name), list(self._by_phrase), n=5, cutoff=0.5)
        nearest = dict.fromkeys(self.names[self._by_phrase[phrase]] for phrase in near)
        hint = f"Nearest: {', '.join(nearest)}." if nearest else ""
        raise InputError("attribute", f"one of the {len(self)} that the model knows", repr(name[:100]), hint)

    def find(self, name: str, group: str | None = None) -> int | None:
        """Return the position of the attribute that `name` (or another phrase for it) means, or None.

        With `group`, `name` may be the value alone: "blue" in the group "hat" finds "blue hat".
        """
        if group is not None:
            return self._by_group_value.get((normalise(group), identity(name)))
        return self._by_phrase.get(identity(name))

    def label(self, index: int, language: str = "en") -> str:
        """Return how people call attribute `index` in a language; its name where the language is missing."""
        attribute = self.attributes[index]
        return next(iter(attribute.phrases.get(language, ())), attribute.name)

    def encode(self, tags: Tags) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """Return (y float32 (n,) in {0, 1}, known bool (n,)) for the tags of one picture.

        None: nothing is known. A list: everything is known, what it does not name is absent. Group -> values:
        the attributes of the groups named are known. Tags that the bank does not hold change no y.
        """
        y = np.zeros(len(self), np.float32)
        known = np.zeros(len(self), np.bool_)
        if isinstance(tags, list):
            known[:] = True
            found = [self.find(tag) for tag in tags if not is_unknown(tag)]
            y[[index for index in found if index is not None]] = 1
        elif tags is not None:
            for group, values in read_groups(tags).items():
                known[self._by_group.get(group, [])] = True
                found = [self.find(value, group) for value in values]
                y[[index for index in found if index is not None]] = 1
        return y, known

    def match(self, text: str) -> list[Match]:
        """Return the attributes that `text` mentions, in reading order; linear in its length.

        Any phrase of any language counts. Where one lies within another, the longer counts. What the text
        denies ("without glasses", "no beard", "没有胡子") has `negated` set.
        """
        return self._matcher.match(text)

    def choices_of(self, indices: Iterable[int]) -> set[str]:
        """Return the groups that these attributes belong to, but for those whose attributes do not mostly exclude each
        other."""
        return {self.attributes[index].group for index in indices} - NO_CHOICE

    def with_rivals(self, indices: Set[int]) -> npt.NDArray[np.bool_]:
        """Return (n,) bool: these attributes, and all others of their choices."""
        taken = self.choices_of(indices)
        return np.array([i in indices or a.group in taken for i, a in enumerate(self.attributes)], np.bool_)

    def parts_of(self, indices: Iterable[int]) -> set[int]:
        """Return these attributes, and those that their names mention: with a blue hat there is a hat."""
        return {part for index in indices for part in self._parts[index]}

    def kinds_of(self, indices: Set[int]) -> npt.NDArray[np.bool_]:
        """Return (n,) bool: these attributes, and those whose names mention one, as a blue hat is a kind of hat."""
        if not indices:  # as nearly always: the names need not be searched
            return np.zeros(len(self), np.bool_)
        return np.array([not indices.isdisjoint(parts) for parts in self._parts], np.bool_)

    @classmethod
    def read(cls, path: Path) -> AttributeBank:
        """Read attributes.json.

        Raises:
            InputError: There is none, or it is damaged; names the file.
        """
        attributes = AttributeFile.read(path).attributes
        try:
            return cls(attributes)
        except InputError as error:
            raise InputError(f"{path}: {error.where}", error.expected, error.found, error.hint) from error

    def write(self, path: Path) -> None:
        """Write attributes.json, atomically."""
        AttributeFile(attributes=self.attributes).write(path)

    @cached_property
    def _by_phrase(self) -> dict[str, int]:
        """Identity of a phrase -> index. Names win over other phrases, earlier attributes over later ones."""
        table = {identity(attribute.name): index for index, attribute in enumerate(self.attributes)}
        for index, attribute in enumerate(self.attributes):
            for phrase in _spoken(attribute):
                table.setdefault(identity(phrase), index)
        return table

    @cached_property
    def _by_group(self) -> dict[str, list[int]]:
        table: dict[str, list[int]] = {}
        for group, indices in self.groups.items():
            if group:
                table.setdefault(normalise(group), []).extend(indices)
        return table

    @cached_property
    def _by_group_value(self) -> dict[tuple[str, str], int]:
        """(Normalised group, identity of a value) -> index; "blue hat" of group "hat" is the value "blue" too, as
        are the other `NAMES_WITH_GROUP`."""
        names = [(normalise(attribute.group), attribute.name) for attribute in self.attributes]
        table = {(group, identity(name)): index for index, (group, name) in enumerate(names)}
        for written in NAMES_WITH_GROUP:
            before, after = written.split("{value}")
            for index, (group, name) in enumerate(names):
                rest = (
                    normalise(name)
                    .removeprefix(before.format(group=group))
                    .removesuffix(after.format(group=group))
                )
                table.setdefault((group, identity(rest)), index)
        for index, attribute in enumerate(self.attributes):
            for phrase in _spoken(attribute):
                table.setdefault((names[index][0], identity(phrase)), index)
        return table

    @cached_property
    def _parts(self) -> tuple[frozenset[int], ...]:
        """Of each attribute, those that its name mentions, itself among them."""
        return tuple(frozenset(match.index for match in self.match(name)) for name in self.names)

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(
            (phrase, index)
            for index, attribute in enumerate(self.attributes)
            for phrase in _spoken(attribute)
        )


def _spoken(attribute: Attribute) -> dict[str, None]:
    """Return every phrase for an attribute, its name first, in order and without repeats."""
    phrases = [phrase for language in attribute.phrases.values() for phrase in language]
    return dict.fromkeys([attribute.name, *phrases])
