"""English: what each facet adds to a description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from admagan.data.sources.avatars.captions.plan import Surroundings, Teller, add_background, add_style, having
from admagan.data.sources.avatars.grammar import HEADS, accepts, bare, english_noun
from admagan.data.sources.avatars.vocabulary import Entry


@dataclass
class Parts(Surroundings):
    """The pieces of one description, by their place in a sentence."""

    adjectives: list[str] = field(default_factory=list)
    kind: str = ""
    """Adjectives that stay with the noun: shape and colour of a monster, colour of a flower."""
    noun: str = ""
    has: list[str] = field(default_factory=list)
    wears: list[str] = field(default_factory=list)
    doing: list[str] = field(default_factory=list)
    place: str = ""


def _compose(teller: Teller, entries: list[Entry], heads: tuple[str, ...] = ()) -> str:
    """Return a noun phrase of the colour, shape and kind among `entries`, or of some of them.

    `heads` are the general words for the facet; a colour alone may be said of one ("a red top").
    """
    noun = next(iter(having(entries, "en", "noun")), None)
    mods = [
        mod for mod in having(entries, "en", "mod") if not noun or not mod.is_colour or accepts(mod, noun)
    ]
    kept = [mod for mod in mods if teller.chance(0.8)] or ([] if noun else mods[:1])
    words = [teller.say(mod, "mod") for mod in sorted(kept, key=lambda mod: mod.is_colour)]
    if noun and not (words and heads and teller.chance(0.25)):
        return english_noun(words, teller.say(noun, "noun"))
    return english_noun(words, teller.pick(heads))


def _hair(teller: Teller, parts: Parts) -> None:
    entries = teller.seen("hair")
    lone = [entry for entry in entries if entry.name in ("bald", "balding")]
    if lone:
        _adjective_or(teller, parts, lone[0])
        return
    named = having(entries, "en", "noun")
    mods = sorted(having(entries, "en", "mod"), key=_hair_order)
    hair_only = [entry for entry in mods if not entry.is_colour] or having(entries, "en", "tail")
    if named and (not hair_only or teller.chance(0.5)):
        colours = [teller.say(mod, "mod") for mod in mods if mod.is_colour and teller.chance(0.75)]
        parts.has.append(english_noun(colours, teller.say(teller.pick(named), "noun")))
        return
    adjectives = having(mods, "en", "adj")
    if adjectives and teller.chance(0.15):
        parts.adjectives.append(teller.say(teller.pick(adjectives), "adj"))
        return
    tails = having(entries, "en", "tail")
    tail = teller.pick(tails) if tails and teller.chance(0.6) else None
    kept = [mod for mod in mods if teller.chance(0.7)] or ([] if tail else mods[:1])
    if not kept and not tail:
        tail = teller.pick(tails)
    words = [teller.say(mod, "mod") for mod in kept]
    parts.has.append(" ".join([*words, "hair", *([teller.say(tail, "tail")] if tail else [])]))


def _hair_order(entry: Entry) -> int:
    return ("hair length", "hair shape", "hair colour").index(entry.group)


def _adjective_or(teller: Teller, parts: Parts, entry: Entry) -> None:
    """Say `entry` as an adjective, as something that one has or as something that one does."""
    places = {"adj": parts.adjectives, "with": parts.has, "ing": parts.doing}
    form = teller.pick([form for form in places if having([entry], "en", form)])
    places[form].append(teller.say(entry, form))


def _face(teller: Teller, parts: Parts) -> None:
    _adjective_or(teller, parts, teller.pick(teller.seen("face")))


def _eyes(teller: Teller, parts: Parts) -> None:
    _adjective_or(teller, parts, teller.pick(teller.seen("eyes")))


def _skin(teller: Teller, parts: Parts) -> None:
    word = teller.say(teller.seen("skin")[0], "mod")
    if teller.chance(0.4) and not word.startswith("tan"):
        parts.adjectives.append(f"{word}-skinned")
    else:
        parts.has.append(f"{word} skin")


def _beard(teller: Teller, parts: Parts) -> None:
    entries = teller.seen("beard")
    plain = [entry for entry in entries if entry.name == "beard"]
    if plain and teller.chance(0.2):
        parts.adjectives.append(teller.say(plain[0], "adj"))
    else:
        parts.has.append(_compose(teller, entries, HEADS["en"]["beard"]))


def _hat(teller: Teller, parts: Parts) -> None:
    entries = teller.seen("hat")
    scarf = [entry for entry in entries if entry.name in ("turban", "headscarf")]
    if scarf:
        noun = teller.say(scarf[0], "noun")
        colour = teller.drawing.colours["hat"]
        parts.wears.append(english_noun([colour] if teller.chance(0.7) else [], noun))
    elif teller.chance(0.1):
        teller.named.add("hat")
        parts.wears.append("a hat")
    else:
        parts.wears.append(_compose(teller, entries, HEADS["en"]["hat"]))


def _eyewear(teller: Teller, parts: Parts) -> None:
    entry = teller.seen("eyewear")[0]
    if "glasses" in entry.implies and teller.chance(0.35):
        teller.named.add("glasses")
        parts.wears.append("glasses")
    else:
        parts.wears.append(teller.say(entry, "noun"))


def _accessory(teller: Teller, parts: Parts) -> None:
    entry = teller.seen("accessory")[0]
    (parts.has if entry.name == "pacifier" else parts.wears).append(teller.say(entry, "noun"))


def _clothes(teller: Teller, parts: Parts) -> None:
    parts.wears.append(_compose(teller, teller.seen("clothes"), HEADS["en"]["clothes"]))


def _body(teller: Teller, parts: Parts) -> None:
    words: list[str] = []
    for entry in sorted(teller.seen("body"), key=lambda entry: entry.is_colour):
        if entry.en.mod and teller.chance(0.85 if entry.is_colour else 0.5):
            words.append(teller.say(entry, "mod"))
        elif entry.en.with_ and teller.chance(0.3):
            parts.has.append(teller.say(entry, "with"))
    parts.kind = " ".join(words)


def _horns(teller: Teller, parts: Parts) -> None:
    parts.has.append(_compose(teller, teller.seen("horns")))


def _plant(teller: Teller, parts: Parts) -> None:
    entries = teller.seen("plant")
    kinds = [entry for entry in entries if not entry.is_colour]
    colours = [teller.say(entry, "mod") for entry in entries if entry.is_colour and teller.chance(0.8)]
    first = kinds[0]
    if len(kinds) > 1 and colours:  # a cactus with a flower
        teller.named.add("flower")
        parts.has.append(english_noun(colours, "a flower"))
    elif colours:
        parts.kind = colours[0]
    parts.noun = bare(teller.say(first, "noun"))


def _pot(teller: Teller, parts: Parts) -> None:
    verb = teller.pick(["in", "in", "growing in", "planted in"])
    parts.place = f"{verb} {_compose(teller, teller.seen('pot'), HEADS['en']['pot'])}"


ADD: dict[str, Callable[[Teller, Parts], None]] = {
    "hair": _hair,
    "face": _face,
    "eyes": _eyes,
    "skin": _skin,
    "beard": _beard,
    "hat": _hat,
    "eyewear": _eyewear,
    "accessory": _accessory,
    "clothes": _clothes,
    "body": _body,
    "horns": _horns,
    "plant": _plant,
    "pot": _pot,
    "background": add_background,
    "style": add_style,
}
