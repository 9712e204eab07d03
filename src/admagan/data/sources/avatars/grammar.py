"""Put words together: noun phrases of one facet, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from admagan.data.sources.avatars.vocabulary import Entry, Language

# What a facet is called where only its colour or shape is said.
HEADS: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "hair": ("hair",),
        "skin": ("skin",),
        "hat": ("a hat",),
        "beard": ("a beard",),
        "clothes": ("clothes", "a top", "an outfit"),
        "body": ("a monster", "a creature", "a critter"),
        "pot": ("a pot",),
        "plant": ("a flower",),
        "background": ("a background", "a backdrop"),
        "style": ("a style",),
    },
    "zh": {
        "skin": ("皮肤",),
        "hat": ("帽子",),
        "beard": ("胡子",),
        "clothes": ("衣服", "上衣"),
        "body": ("小怪物", "怪物", "小怪兽"),
        "pot": ("花盆",),
        "plant": ("花朵", "鲜花"),
        "background": ("背景",),
        "style": ("风格",),
    },
}
_ARTICLES = ("a ", "an ", "the ")


def bare(phrase: str) -> str:
    """Return an English noun phrase without its article."""
    for article in _ARTICLES:
        phrase = phrase.removeprefix(article)
    return phrase


def with_article(phrase: str) -> str:
    """Return "a" or "an" before `phrase`, by its first sound."""
    vowel = phrase[0].lower() in "aeiou" and not phrase.lower().startswith(("one", "uni", "euro"))
    return f"{'an' if vowel else 'a'} {phrase}"


def english_noun(mods: Sequence[str], head: str) -> str:
    """Return `mods` before the noun of `head`, with an article where `head` has one."""
    words = " ".join([*mods, bare(head)])
    return with_article(words) if head.startswith(_ARTICLES[:2]) else words


def chinese_noun(mods: Sequence[str], head: str, particle: str = "") -> str:
    """Return `mods` before `head`; `particle` (的 or nothing) joins them to it."""
    return "".join(mods) + (particle if mods else "") + head


def chinese_hair(colour: str, length: str, shape: str, particle: str = "") -> str:
    """Return a phrase for hair, such as 红色长卷发 or 金发; any part may be empty, but not all."""
    if not length and not shape:
        return f"{colour}{particle}头发"
    kind = f"{shape}{length}发" if shape == "波浪" else f"{length}{shape}发"
    return f"{colour}{particle if colour else ''}{kind}"


def accepts(colour: Entry, noun: Entry) -> bool:
    """Whether the colour attribute is said of the thing that `noun` is ("red" of a beanie, "red hat")."""
    if colour.facet != noun.facet or not colour.is_colour or noun.is_colour:
        return False
    return not colour.implies or bool(set(colour.implies) & {noun.name, *noun.implies})
