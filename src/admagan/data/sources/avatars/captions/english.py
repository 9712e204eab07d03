"""Captions in English."""

from __future__ import annotations

import random

from admagan.data.sources.avatars.captions.english_parts import ADD, Parts
from admagan.data.sources.avatars.captions.plan import Caption, Teller
from admagan.data.sources.avatars.grammar import bare, with_article
from admagan.data.sources.avatars.sampling import Drawing

_FRAMES = (
    "a portrait of {}",
    "an avatar of {}",
    "a picture of {}",
    "a drawing of {}",
    "a cartoon of {}",
    "an illustration of {}",
    "profile picture of {}",
    "draw {}",
    "i want {}",
    "please make {}",
)
_WITHOUT = {"glasses": "glasses", "hat": "a hat", "beard": "a beard", "horns": "horns"}


def tell(drawing: Drawing, rng: random.Random) -> Caption:
    """Return one caption."""
    teller = Teller(drawing, rng, "en")
    parts = Parts()
    facets = teller.facets()
    for facet in facets:
        ADD[facet](teller, parts)
    parts.missing = teller.missing() or ""
    form = rng.choices([_noun_phrase, _sentence, _list], [6, 2, 2])[0]
    return teller.caption(_finish(teller, form(teller, parts)))


def _finish(teller: Teller, text: str) -> str:
    """Write as people type: mostly in lower case, sometimes like a sentence."""
    if text.endswith(".") or teller.chance(0.15):
        text = text[0].upper() + text[1:]
    return text


def _subject(teller: Teller, parts: Parts) -> str:
    """Return the noun for who or what is seen, without article."""
    if parts.noun:
        return parts.noun
    entries = teller.seen("subject")
    gendered = [entry for entry in entries if entry.group == "gender"]
    return bare(teller.say((gendered or entries)[0], "noun"))


def _named_subject(teller: Teller, parts: Parts) -> str:
    """Return adjectives and noun; one adjective of two is moved behind, so that phrases stay short."""
    noun = _subject(teller, parts)
    if parts.noun == "" and noun == "boy" and "bearded" in parts.adjectives:
        noun = "man"
    return " ".join([*parts.adjectives, *([parts.kind] if parts.kind else []), noun])


def _noun_phrase(teller: Teller, parts: Parts) -> str:
    text = with_article(_named_subject(teller, parts))
    tails: list[str] = []
    if parts.has and parts.wears and teller.chance(0.35):
        tails.append("with " + _and([*parts.has, *parts.wears]))
    else:
        tails += ["with " + _and(parts.has)] if parts.has else []
        verb = teller.pick(["wearing", "wearing", "in", "with"])
        if any("patch" in item or "glasses" in item or "shades" in item for item in parts.wears):
            verb = "wearing" if verb == "in" else verb
        if verb == "with" and parts.has:
            verb = "wearing"
        tails += [f"{verb} " + _and(parts.wears)] if parts.wears else []
    if len(tails) == 2 and teller.chance(0.3):
        tails.reverse()
    if parts.place:
        tails.insert(0 if not tails or teller.chance(0.6) else len(tails), parts.place)
    text = _join_tails(teller, text, tails)
    text += "".join(f", {item}" if tails else f" {item}" for item in parts.doing)
    text += _without(teller, parts, joined=bool(tails))
    text = _on_background(teller, text, parts.background)
    if parts.style:
        return _in_style(teller, text, parts.style)
    return teller.pick(_FRAMES).format(text) if teller.chance(0.12) else text


def _join_tails(teller: Teller, text: str, tails: list[str]) -> str:
    for number, tail in enumerate(tails):
        text += (", " if number and teller.chance(0.6) else " ") + tail
    return text


def _without(teller: Teller, parts: Parts, joined: bool) -> str:
    if not parts.missing:
        return ""
    thing = _WITHOUT[parts.missing]
    forms = [f"without {thing}", f"with no {bare(thing)}"]
    if parts.has and not parts.doing and joined:
        forms = [f"but no {bare(thing)}", f"but without {thing}", f"without {thing}"]
    return (", " if joined or parts.doing else " ") + teller.pick(forms)


def _in_style(teller: Teller, text: str, style: str) -> str:
    forms = [f"{text}, {style} style", f"{text} in {with_article(style)} style", f"{style} style, {text}"]
    if teller.drawing.tags.isdisjoint({"soft style"}):  # a "soft portrait" is something else
        forms += [f"{with_article(style)} avatar of {text}", f"{with_article(style)} portrait of {text}"]
    return teller.pick(forms)


def _on_background(teller: Teller, text: str, colour: str) -> str:
    if not colour:
        return text
    place = with_article(f"{colour} {teller.pick(['background', 'background', 'backdrop'])}")
    return teller.pick(
        [
            f"{text} on {place}",
            f"{text} against {place}",
            f"{text}, {bare(place)}",
            f"{text} in front of {place}",
        ]
    )


def _sentence(teller: Teller, parts: Parts) -> str:
    """Return one or two full sentences."""
    states = [*parts.adjectives, *parts.doing]
    parts.adjectives = []
    subject = _named_subject(teller, parts)
    verbs: list[str] = []
    if parts.has:
        but = f" but no {bare(_WITHOUT[parts.missing])}" if parts.missing else ""
        verbs.append("has " + _and(parts.has) + but)
    elif parts.missing:
        verbs.append("has no " + bare(_WITHOUT[parts.missing]))
    if parts.wears:
        verbs.append(teller.pick(["wears ", "is wearing "]) + _and(parts.wears))
    if parts.place:
        verbs.append(
            teller.pick(["is ", "grows "]) + parts.place.removeprefix("growing ").removeprefix("planted ")
        )
    if states:
        verbs.append("is " + _and(states))
    teller.rng.shuffle(verbs)
    first = (
        f"{teller.pick(['the', 'this'])} {subject} {_and(verbs)}"
        if verbs
        else f"this is {with_article(subject)}"
    )
    text = first + "."
    if parts.background:
        text += f" The background is {parts.background}."
    if parts.style:
        text += f" It is in {with_article(parts.style)} style."
    return text


def _list(teller: Teller, parts: Parts) -> str:
    """Return keywords between commas."""
    items = [bare(item) for item in (*parts.adjectives, *parts.has, *parts.wears, *parts.doing)]
    if parts.place:
        items.append(bare(parts.place.removeprefix("growing ").removeprefix("planted ").removeprefix("in ")))
    if parts.background:
        items.append(f"{parts.background} background")
    if parts.style:
        items.append(f"{parts.style} style")
    if parts.missing:
        items.append("no " + bare(_WITHOUT[parts.missing]))
    teller.rng.shuffle(items)
    if parts.kind or parts.noun or not items or teller.chance(0.55):
        parts.adjectives = []
        items.insert(0, _named_subject(teller, parts))
    return ", ".join(items)


def _and(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]
