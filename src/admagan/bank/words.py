"""Words as people write them, reduced to one form: width, case, separators, the simple English plural."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

_IRREGULAR = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "people": "person",
    "feet": "foot",
    "teeth": "tooth",
    "geese": "goose",
    "mice": "mouse",
    "leaves": "leaf",
    "knives": "knife",
    "scarves": "scarf",
    "loaves": "loaf",
    "wolves": "wolf",
    "shelves": "shelf",
    "halves": "half",
    "hooves": "hoof",
    "elves": "elf",
    "calves": "calf",
    "axes": "axe",
    "sizes": "size",
    "prizes": "prize",
    "caches": "cache",
    "headaches": "headache",
    "moustaches": "moustache",
    "mustaches": "mustache",
    "buses": "bus",
    "lenses": "lens",
    "potatoes": "potato",
    "tomatoes": "tomato",
    "mangoes": "mango",
    "heroes": "hero",
    "bikinis": "bikini",
    "khakis": "khaki",
    "kiwis": "kiwi",
    "kurtis": "kurti",
    "skis": "ski",
    "taxis": "taxi",
}
# A plural that means something else than its singular (shorts, glasses), or no plural at all.
_UNCHANGED = re.compile(
    "glasses|shorts|tights|clothes|briefs|lens|canvas|atlas|christmas|species|series|chaos|always|news|"
    "perhaps|besides|towards"
)
_IE_PLURAL = re.compile(
    "(?:.|bean|bird|bowt|brown|coll|cook|dogg|gen|hood|magp|mov|neckt|ones|pix|prair|rook|self|smooth|vegg|"
    "zomb)ies"
)
# Marks that letters of these scripts carry; Python's \w leaves them out and would cut words in two.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u0900-\u0963\u0966-\u0dff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
# Scripts that put no spaces between words, or (Hangul) glue particles to them: each character stands alone.
_SPACELESS = (
    "\u0e00-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_LETTER = rf"(?:[^\W_]|[{_MARKS}{_SPACELESS}])"
_RUN = re.compile(rf"{_LETTER}+(?:['’]{_LETTER}+)*|[{_EMOJI}]")
_PART = re.compile(rf"[{_SPACELESS}]|[{_EMOJI}]|[^{_SPACELESS}{_EMOJI}\s]+")
_SPACES = re.compile(r"[\s_\-‐‑–]+")
# What may stand between two words of one phrase.
_WITHIN_PHRASE = re.compile(r"[\s_\-‐‑–/.·・'’]*")
_STOP = re.compile(r"[.]\s")

_YES = frozenset({"yes", "true"})
_NO = frozenset({"no", "none", "false", "without", "nothing"})
_UNKNOWN = frozenset({"", "unknown", "n/a", "na", "nan", "null", "?", "not visible"})
_NAMELESS = _YES | _NO | _UNKNOWN


class Word(NamedTuple):
    """One word (or one character, in scripts without spaces) of a text."""

    text: str
    """Reduced by `normalise_word`."""
    start: int
    """First character in the original text."""
    end: int
    """One past its last character."""
    joined: bool
    """Whether nothing but spaces, hyphens and the like is between the word before and this one."""


def fold(text: str) -> str:
    """Return `text` in Unicode's compatibility form without case (full-width `Ｈａｔ` becomes `hat`)."""
    if text.isascii():
        return text.lower()
    for _ in range(3):  # folding can make characters that fold again
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        if folded == text:
            break
        text = folded
    return text


@lru_cache(maxsize=65536)
def normalise(phrase: str) -> str:
    """Return the form under which two ways to write a phrase are the same.

    Width and case are folded, spaces, underscores and hyphens become one space, and each English word loses
    its plural: `Blue_HATS`, `blue-hat` and `blue hats` all give `blue hat`. Doing it twice changes nothing.
    """
    return " ".join(normalise_word(word) for word in _SPACES.split(fold(phrase)) if word)


def identity(phrase: str) -> str:
    """Return what two names have in common that mean one thing: `normalise` without spaces (T-shirt, tshirt)."""
    return normalise(phrase).replace(" ", "")


@lru_cache(maxsize=65536)
def normalise_word(word: str) -> str:
    """Return a folded word without English possessive and plural."""
    for ending in ("'s", "’s", "'", "’"):
        if len(word) > len(ending):
            word = word.removesuffix(ending)
    if word.isascii() and word.isalpha() and len(word) > 3 and word not in _IRREGULAR:
        word = _singular(word)
    return _IRREGULAR.get(word, word)


def _singular(word: str) -> str:
    if _UNCHANGED.fullmatch(word) or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-1] if _IE_PLURAL.fullmatch(word) else word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def words(text: str) -> Iterator[Word]:
    """Yield the words of `text` in order, with their places in it; punctuation is left out. Linear."""
    last = 0
    for run in _RUN.finditer(text):
        folded = fold(run.group())
        same_length = len(folded) == run.end() - run.start()
        gap = text[last : run.start()]
        joined = _WITHIN_PHRASE.fullmatch(gap) is not None and _STOP.search(gap) is None
        for part in _PART.finditer(folded):
            start = run.start() + part.start() if same_length else run.start()
            end = run.start() + part.end() if same_length else run.end()
            yield Word(normalise_word(part.group()), start, end, joined)
            joined = True
        last = run.end()


def read_groups(tags: Mapping[str, str | list[str]]) -> dict[str, list[str]]:
    """Return normalised group -> values that are true, as written, of tags given as group: value.

    `yes` stands for the group's own name (`beard: yes` is `beard: beard`), `no` and `none` for no value:
    the group is known, nothing of it is true. A group with values that are all `unknown`, `n/a` or empty is
    left out.
    """
    groups: dict[str, list[str]] = {}
    for group, stated in tags.items():
        values = [stated] if isinstance(stated, str) else stated
        known = [value for value in values if not is_unknown(value)]
        if known or not values:
            true = [group if normalise(v) in _YES else v for v in known if normalise(v) not in _NO]
            groups.setdefault(normalise(group), []).extend(true)
    return groups


def names_something(tag: str) -> bool:
    """Return whether a tag without a group names something: `yes`, `none` and `unknown` do not."""
    return normalise(tag) not in _NAMELESS


def is_unknown(tag: str) -> bool:
    """Return whether a tag says that nobody knows (`n/a`, `unknown`, empty)."""
    return normalise(tag) in _UNKNOWN
