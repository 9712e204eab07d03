"""Every way the grammar has to say an attribute: what attributes.json holds for reading prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product

from admagan.data.sources.avatars.grammar import (
    HEADS,
    accepts,
    bare,
    chinese_hair,
    chinese_noun,
    english_noun,
)
from admagan.data.sources.avatars.vocabulary import LANGUAGES, Entry, Language, vocabulary
from admagan.schema.records import Attribute

_PICTURES = ("avatar", "portrait", "character")
# Understood in prompts; captions do not say them, because they are not true of all that the facet can be.
_MORE_HEADS: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {"clothes": ("a shirt", "a sweater", "clothing"), "pot": ("a flowerpot",)},
    "zh": {"clothes": ("衬衫", "毛衣"), "skin": ("肤色",), "plant": ("花",)},
}
_PINK = ("粉色", "粉红色")  # else 粉红色帽子 would be read as 红色帽子
_SHAPE_FIRST = ("body", "pot")
_Said = tuple[str, tuple[Entry, ...]]
"""A phrase and the attributes that it names together."""


@cache
def attributes() -> tuple[Attribute, ...]:
    """Return the attributes of the set, with phrases in English and Chinese; counts are 0."""
    entries = vocabulary().entries
    phrases: dict[str, dict[str, dict[str, None]]] = {
        name: {language: {} for language in LANGUAGES} for name in entries
    }
    for language in LANGUAGES:
        for phrase, named in _all_phrases(language):
            for name in vocabulary().with_implied(entry.name for entry in named):
                phrases[name][language].setdefault(phrase)
                phrases[name][language].setdefault(phrase.replace(*_PINK))
    return tuple(
        Attribute(
            name=name,
            group=entry.group,
            phrases={language: _own_first(entry, phrases[name][language]) for language in LANGUAGES},
        )
        for name, entry in entries.items()
    )


def own_phrases(entry: Entry, language: Language) -> list[str]:
    """Return what says this attribute alone; the first is how it is shown to people."""
    own = _english(entry) if language == "en" else _chinese(entry)
    return list(dict.fromkeys(own))


def _own_first(entry: Entry, phrases: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*own_phrases(entry, _language_of(phrases)), *phrases]))


def _language_of(phrases: Iterable[str]) -> Language:
    return "en" if next(iter(phrases)).isascii() else "zh"


def _all_phrases(language: Language) -> Iterator[_Said]:
    """Yield every phrase; those that name one attribute first."""
    entries = list(vocabulary().entries.values())
    for entry in entries:
        for phrase in own_phrases(entry, language):
            yield phrase, (entry,)
    if language == "zh":
        yield from _chinese_hair_phrases()
    for colour, noun in product(entries, entries):
        if accepts(colour, noun):
            for phrase in _english_pair(colour, noun) if language == "en" else _chinese_pair(colour, noun):
                yield phrase, (colour, noun)


def _english(entry: Entry) -> Iterator[str]:
    yield entry.name
    forms = entry.en
    heads = (*HEADS["en"].get(entry.facet, ()), *_MORE_HEADS["en"].get(entry.facet, ()))
    if entry.facet == "style":
        yield from (f"{mod} {kind}" for kind in ("style", *_PICTURES) for mod in forms.mod)
    elif entry.implies and entry.is_colour and entry.facet == "horns":
        yield from (english_noun([mod], bare(head)) for mod in forms.mod for head in _nouns(entry, "en"))
    else:
        yield from (bare(english_noun([mod], head)) for head in heads for mod in forms.mod)
    yield from (bare(noun) for noun in (*forms.noun, *forms.with_))
    yield from (*forms.adj, *forms.ing)
    yield from (f"hair {tail}" for tail in forms.tail)
    if entry.facet == "background":
        yield from (f"background is {mod}" for mod in forms.mod)
    if entry.facet in ("skin", "hair") and entry.is_colour:
        ending = "skinned" if entry.facet == "skin" else "haired"
        yield from (f"{mod}-{ending}" for mod in forms.mod)
    yield from forms.also


def _chinese(entry: Entry) -> Iterator[str]:
    forms = entry.zh
    if entry.facet == "hair" and entry.is_colour:
        yield from (form for mod in forms.mod for form in (chinese_hair(mod, "", ""), f"{mod[0]}发"))
    elif entry.facet == "hair":
        yield from (f"{mod}发" for mod in forms.mod)
    elif entry.facet == "horns" and entry.is_colour:
        yield from (chinese_noun([mod], head) for mod in forms.mod for head in _nouns(entry, "zh"))
    else:
        heads = (*HEADS["zh"].get(entry.facet, ()), *_MORE_HEADS["zh"].get(entry.facet, ()))
        yield from (chinese_noun([mod], head) for head in heads for mod in forms.mod)
    yield from (*forms.noun, *forms.adj, *forms.has)
    if entry.facet == "background":
        yield from (f"背景{verb}{mod}" for verb in ("是", "为") for mod in forms.mod)
    if entry.facet == "body" and not entry.is_colour:
        yield from forms.mod
    yield from forms.also


def _nouns(colour: Entry, language: Language) -> list[str]:
    """Return the nouns of what a colour implies (horns, of "red horns")."""
    return [noun for name in colour.implies for noun in vocabulary().entries[name].forms(language).noun]


def _chinese_hair_phrases() -> Iterator[_Said]:
    """Yield 红色长卷发 and the like: Chinese has no gaps between words that a reader could look across."""
    groups = ("hair colour", "hair length", "hair shape")
    some = [[vocabulary().entries[name] for name in vocabulary().groups[group]] for group in groups]
    options = [[None, *(entry for entry in entries if entry.zh.mod)] for entries in some]
    for colour, length, shape in product(*options):
        named = tuple(entry for entry in (colour, length, shape) if entry)
        if len(named) > 1:
            words = [entry.zh.mod[0] if entry else "" for entry in (colour, length, shape)]
            yield chinese_hair(*words), named


def _english_pair(colour: Entry, noun: Entry) -> Iterator[str]:
    if noun.facet == "hair" and not noun.en.noun:
        return  # "long red hair" is understood from "long hair" and "red hair"
    for mod, head in product(colour.en.mod, noun.en.noun):
        yield bare(english_noun([mod], head))


def _chinese_pair(colour: Entry, noun: Entry) -> Iterator[str]:
    for mod, head in product(colour.zh.mod, noun.zh.noun):
        yield chinese_noun([mod], head)
    if noun.facet != "hair":
        for mod, shape, head in product(colour.zh.mod, noun.zh.mod, HEADS["zh"].get(noun.facet, ())):
            mods = [shape, mod] if noun.facet in _SHAPE_FIRST else [mod, shape]
            yield chinese_noun(mods, head)
