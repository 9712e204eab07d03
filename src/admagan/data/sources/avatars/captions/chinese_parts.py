"""Chinese: what each facet adds to a description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from admagan.data.sources.avatars.captions.plan import Surroundings, Teller, add_background, add_style, having
from admagan.data.sources.avatars.grammar import HEADS, accepts, chinese_hair, chinese_noun
from admagan.data.sources.avatars.vocabulary import Entry, vocabulary

_TIED = ("bun", "ponytail", "pigtails", "braids")
_PIECE_OF = {"hat": "一顶", "eyewear": "一副", "clothes": "一件"}
_UNCOUNTED = ("overalls", "suit", "eye patch")


@dataclass
class Parts(Surroundings):
    """The pieces of one description, by their place in a sentence."""

    adjectives_fit: bool = True
    """Whether the sentence has a place for adjectives (微笑的女人)."""
    adjective: str = ""
    colour: str = ""
    noun: str = ""
    pieces: list[tuple[str, str]] = field(default_factory=list)
    """(clause with its verb, keyword without)."""

    def add(self, clause: str, keyword: str) -> None:
        """Add what is said of the subject."""
        self.pieces.append((clause, keyword))


def _particle(teller: Teller) -> str:
    return "的" if teller.chance(0.4) else ""


def _compose(
    teller: Teller, entries: list[Entry], heads: tuple[str, ...] = (), shape_first: bool = False
) -> str:
    """Return a noun phrase of the colour, shape and kind among `entries`, or of some of them."""
    noun = next(iter(having(entries, "zh", "noun")), None)
    mods = [
        mod for mod in having(entries, "zh", "mod") if not noun or not mod.is_colour or accepts(mod, noun)
    ]
    kept = [mod for mod in mods if teller.chance(0.8)] or ([] if noun else mods[:1])
    kept.sort(key=lambda mod: mod.is_colour == shape_first)
    words = [teller.say(mod, "mod") for mod in kept]
    head = (
        teller.say(noun, "noun")
        if noun and not (words and heads and teller.chance(0.25))
        else teller.pick(heads)
    )
    short = bool(words) and len(words[-1]) == 1  # 长胡子, never 长的胡子
    return chinese_noun(words, head, "" if short else _particle(teller))


def _hair(teller: Teller, parts: Parts) -> None:
    entries = teller.seen("hair")
    lone = [entry for entry in entries if entry.name in ("bald", "balding")]
    if lone:
        _adjective_or_clause(teller, parts, lone[0])
        return
    nouns = having(entries, "zh", "noun")
    mods = having(entries, "zh", "mod")
    colour = next((mod for mod in mods if mod.is_colour), None)
    if nouns and (not [mod for mod in mods if not mod.is_colour] or teller.chance(0.5)):
        entry = teller.pick(nouns)
        words = [teller.say(colour, "mod")] if colour and teller.chance(0.75) else []
        phrase = chinese_noun(words, teller.say(entry, "noun"), _particle(teller))
        parts.add(("扎着" if entry.name in _TIED else "留着") + phrase, phrase)
        return
    kept = [mod for mod in mods if teller.chance(0.7)] or mods[:1]
    words_of = {mod.group: teller.say(mod, "mod") for mod in kept}
    tint = words_of.get("hair colour", "")
    if len(words_of) == 1 and tint and teller.chance(0.4):
        phrase = f"{tint[0]}发"
    else:
        length, shape = words_of.get("hair length", ""), words_of.get("hair shape", "")
        phrase = chinese_hair(tint, length, shape, _particle(teller))
    parts.add(teller.pick(["留着", "有着", "一头"]) + phrase, phrase)


def _adjective_or_clause(teller: Teller, parts: Parts, entry: Entry) -> None:
    """Say `entry` as an adjective, where none has been said, or as a clause."""
    if entry.zh.adj and parts.adjectives_fit and not parts.adjective and teller.chance(0.5):
        parts.adjective = teller.say(entry, "adj")
    else:
        keyword = teller.pick(entry.zh.noun or entry.zh.adj)
        parts.add(teller.say(entry, "has"), keyword)


def _face(teller: Teller, parts: Parts) -> None:
    _adjective_or_clause(teller, parts, teller.pick(teller.seen("face")))


def _eyes(teller: Teller, parts: Parts) -> None:
    _adjective_or_clause(teller, parts, teller.pick(teller.seen("eyes")))


def _skin(teller: Teller, parts: Parts) -> None:
    word = teller.say(teller.seen("skin")[0], "mod")
    phrase = chinese_noun([word], teller.pick(HEADS["zh"]["skin"]), _particle(teller))
    parts.add("有着" + phrase, phrase)


def _beard(teller: Teller, parts: Parts) -> None:
    phrase = _compose(teller, teller.seen("beard"), HEADS["zh"]["beard"])
    parts.add("留着" + phrase, phrase)


def _worn(teller: Teller, parts: Parts, verb: str, phrase: str, facet: str, counted: bool = True) -> None:
    one = _PIECE_OF[facet] if counted and teller.chance(0.3) else ""
    parts.add(verb + one + phrase, phrase)


def _hat(teller: Teller, parts: Parts) -> None:
    entries = teller.seen("hat")
    scarf = [entry for entry in entries if entry.name in ("turban", "headscarf")]
    if scarf:
        colour = vocabulary().entries[f"{teller.drawing.colours['hat']} hat"].zh.mod[0]
        words = [colour] if teller.chance(0.7) else []
        phrase = chinese_noun(words, teller.say(scarf[0], "noun"), _particle(teller))
        parts.add("戴着" + phrase, phrase)
    elif teller.chance(0.1):
        teller.named.add("hat")
        _worn(teller, parts, "戴着", "帽子", "hat")
    else:
        _worn(teller, parts, "戴着", _compose(teller, entries, HEADS["zh"]["hat"]), "hat")


def _eyewear(teller: Teller, parts: Parts) -> None:
    entry = teller.seen("eyewear")[0]
    if "glasses" in entry.implies and teller.chance(0.35):
        entry = vocabulary().entries["glasses"]
    counted = entry.name not in _UNCOUNTED
    _worn(teller, parts, "戴着", teller.say(entry, "noun"), "eyewear", counted)


def _accessory(teller: Teller, parts: Parts) -> None:
    entry = teller.seen("accessory")[0]
    noun = teller.say(entry, "noun")
    parts.add(("叼着" if entry.name == "pacifier" else "戴着") + noun, noun)


def _clothes(teller: Teller, parts: Parts) -> None:
    entries = teller.seen("clothes")
    counted = not any(entry.name in _UNCOUNTED for entry in entries)
    _worn(teller, parts, "穿着", _compose(teller, entries, HEADS["zh"]["clothes"]), "clothes", counted)


def _body(teller: Teller, parts: Parts) -> None:
    for entry in teller.seen("body"):
        if entry.is_colour:
            if teller.chance(0.85):
                parts.colour = teller.say(entry, "mod") + _particle(teller)
        elif entry.zh.mod and parts.adjectives_fit and not parts.adjective and teller.chance(0.5):
            parts.adjective = teller.say(entry, "mod")
        elif teller.chance(0.4):
            parts.add(teller.say(entry, "has"), entry.zh.noun[0])


def _horns(teller: Teller, parts: Parts) -> None:
    phrase = _compose(teller, teller.seen("horns"))
    parts.add(teller.pick(["长着", "头上长着", "头上有"]) + phrase, phrase)


def _plant(teller: Teller, parts: Parts) -> None:
    entries = teller.seen("plant")
    kinds = [entry for entry in entries if not entry.is_colour]
    colours = [teller.say(entry, "mod") for entry in entries if entry.is_colour and teller.chance(0.8)]
    if len(kinds) > 1 and colours:  # a cactus with a flower
        phrase = chinese_noun(colours, teller.say(vocabulary().entries["flower"], "noun"))
        parts.add("开着" + phrase, phrase)
    elif colours:
        parts.colour = colours[0] + _particle(teller)
    parts.noun = teller.say(kinds[0], "noun")


def _pot(teller: Teller, parts: Parts) -> None:
    phrase = _compose(teller, teller.seen("pot"), HEADS["zh"]["pot"], shape_first=True)
    parts.add(teller.pick(["种在", "长在"]) + phrase + "里", phrase)


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
