"""Tags as people write them become attributes: spellings merged, counted, rare ones dropped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from admagan.bank import AttributeBank, normalise, read_groups
from admagan.bank.attribute_bank import NAMES_WITH_GROUP
from admagan.bank.words import fold, identity, names_something
from admagan.data.manifest import Manifest
from admagan.schema.bank import ATTRIBUTES, BankSettings
from admagan.schema.records import Attribute, Record

SAME_PICTURES = 0.9
"""Equal values of two groups are one attribute where this share of the pictures of either has both."""


@dataclass(frozen=True)
class DroppedTag:
    """A tag that did not become an attribute."""

    name: str
    group: str
    count: int
    """Images that have it."""
    reason: Literal["rare", "beyond the maximum"]


@dataclass(frozen=True)
class TagReport:
    """What became of the tags of a data set."""

    attributes: tuple[Attribute, ...]
    """Kept, with their counts: group by group as first seen, the most frequent value first."""
    merged: dict[str, tuple[str, ...]]
    """Attribute name -> other ways in which it was written, for those that have any."""
    dropped: tuple[DroppedTag, ...]
    """The most frequent first."""
    threshold: int
    """Images that a tag needed."""
    images: int
    """That were counted."""
    tagged: int
    """Of them, those that have tags at all; of the others nothing is known."""


@dataclass
class _Tag:
    """One tag of the data set, in all its spellings."""

    group: str
    """Normalised; "" for none."""
    value: str
    """Its `identity`."""
    canonical: Attribute | None = None
    """What attributes.json says about it."""
    pictures: set[int] = field(default_factory=set)
    values: Counter[str] = field(default_factory=Counter)
    """How people wrote the value."""
    groups: Counter[str] = field(default_factory=Counter)
    """How people wrote the group."""
    plain: bool = False
    """Whether some wrote the value without a group."""
    merged: set[str] = field(default_factory=set)
    """How tags were written that turned out to be this one."""

    @property
    def count(self) -> int:
        return len(self.pictures)

    @property
    def spelling(self) -> str:
        return self.canonical.name if self.canonical else _most_common(self.values)

    @property
    def group_spelling(self) -> str:
        return self.canonical.group if self.canonical else _most_common(self.groups)

    def absorb(self, other: _Tag) -> None:
        if other.group in ("", self.group):  # another group's value is the same, but not how it is looked up
            self.pictures |= other.pictures
        self.plain |= other.plain
        self.merged |= set(other.values) | other.merged


def read_tags(manifest: Manifest, settings: BankSettings | None = None) -> TagReport:
    """Count the tags of `manifest`, the training split, and decide which become attributes.

    Tags that differ in case, spacing, hyphens or plural are one, called as most images call it. An attributes.json
    in the data set folder has the last word on names, groups and phrases. Where two groups share a value
    ("blue" of hat and of shirt), the group becomes part of the name ("blue hat"); where the pictures are the
    same too ("watches" of category and of article), the two are one attribute of the group with more values.
    """
    settings = settings or BankSettings()
    tags = _collect(manifest)
    order = list(dict.fromkeys(tag.group for tag in tags))
    ranked = sorted(_merged(tags), key=lambda tag: (-tag.count, tag.group, tag.value))
    threshold = settings.threshold(len(manifest.entries))
    frequent = [tag for tag in ranked if tag.count >= threshold]
    kept, beyond = frequent[: settings.max_attributes], frequent[settings.max_attributes :]
    names = _names(kept, Counter(tag.value for tag in ranked))
    kept.sort(key=lambda tag: order.index(tag.group))
    attributes = [_attribute(tag, names[tag.group, tag.value], settings.languages) for tag in kept]
    return TagReport(
        attributes=tuple(attributes),
        merged=dict(_merges(kept, names)),
        dropped=(
            *(DroppedTag(t.spelling, t.group_spelling, t.count, "beyond the maximum") for t in beyond),
            *(DroppedTag(t.spelling, t.group_spelling, t.count, "rare") for t in ranked[len(frequent) :]),
        ),
        threshold=threshold,
        images=len(manifest.entries),
        tagged=sum(entry.record.tags is not None for entry in manifest.entries),
    )


def _collect(manifest: Manifest) -> list[_Tag]:
    """Return the tags in order of first appearance, equal ones in one."""
    file: Path = manifest.root / ATTRIBUTES
    vocabulary = AttributeBank.read(file) if file.is_file() else AttributeBank(())
    tags: dict[tuple[str, str], _Tag] = {}
    groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for number, entry in enumerate(manifest.entries):
        for group, value in _stated(entry.record):
            index = vocabulary.find(value, group or None)
            canonical = None if index is None else vocabulary.attributes[index]
            key = (normalise(group), identity(value))
            if canonical:
                key = (normalise(canonical.group), identity(canonical.name))
            tag = tags.setdefault(key, _Tag(*key, canonical, groups=groups[key[0]], plain=not group))
            tag.pictures.add(number)
            tag.values[_written(value)] += 1
            groups[key[0]][_written(group)] += 1
    return list(tags.values())


def _stated(record: Record) -> Iterator[tuple[str, str]]:
    """Yield (group, value) for each tag that is true of the picture."""
    if isinstance(record.tags, dict):
        spelled = {normalise(group): group for group in record.tags}
        for group, values in read_groups(record.tags).items():
            yield from ((spelled[group], value) for value in values if normalise(value))
    else:
        yield from (("", tag) for tag in record.tags or () if names_something(tag))


def _written(text: str) -> str:
    """Return the form in which spellings are counted and shown: without case and needless space."""
    return " ".join(fold(text).replace("_", " ").split())


def _merged(tags: list[_Tag]) -> list[_Tag]:
    """Merge equal values of several groups, where they mean the same, into that of the largest group."""
    sizes = Counter(tag.group for tag in tags)
    by_value: dict[str, list[_Tag]] = {}
    for tag in tags:
        by_value.setdefault(tag.value, []).append(tag)
    kept: list[_Tag] = []
    for alike in by_value.values():
        best = max(
            alike, key=lambda tag: (tag.canonical is not None, tag.group != "", sizes[tag.group], tag.group)
        )
        kept.append(best)
        for tag in alike:
            if tag is not best and _same_value(best, tag):
                best.absorb(tag)
            elif tag is not best:
                kept.append(tag)
    return kept


def _same_value(one: _Tag, other: _Tag) -> bool:
    """Return whether an equal value of two groups, the other's being less specific, means the same."""
    return not other.group or len(one.pictures & other.pictures) >= SAME_PICTURES * len(
        one.pictures | other.pictures
    )


def _names(tags: Iterable[_Tag], shared: Mapping[str, int]) -> dict[tuple[str, str], str]:
    """Return (group, value) -> attribute name: the value, with the group where another group has it too.

    Args:
        tags: Those that become attributes.
        shared: Value -> in how many groups it occurs, be it too rarely for an attribute.
    """
    tags = sorted(tags, key=lambda tag: (tag.canonical is None, not tag.plain))
    names: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for tag in tags:
        value, group = tag.spelling, tag.group_spelling
        choices = [value] if tag.canonical or tag.plain or shared[tag.value] == 1 else []
        choices += [name.format(value=value, group=group) for name in NAMES_WITH_GROUP]
        name = next((name for name in choices if identity(name) not in taken), choices[-1])
        taken.add(identity(name))
        names[tag.group, tag.value] = name
    return names


def _attribute(tag: _Tag, name: str, languages: tuple[str, ...]) -> Attribute:
    phrases = tag.canonical.phrases if tag.canonical else {}
    phrases = {language: phrases[language] for language in languages if language in phrases}
    return Attribute(name=name, group=tag.group_spelling, phrases=phrases, count=tag.count)


def _merges(tags: Iterable[_Tag], names: dict[tuple[str, str], str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for tag in tags:
        others = (set(tag.values) | tag.merged) - {_written(tag.spelling)}
        if others:
            yield names[tag.group, tag.value], tuple(sorted(others))


def _most_common(counter: Counter[str]) -> str:
    return min(counter, key=lambda text: (-counter[text], text)) if counter else ""
