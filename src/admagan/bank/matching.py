"""Find the phrases of a bank in a text, in time linear in its length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from admagan.bank.negation import Mention, denies, negated_mentions
from admagan.bank.predicates import COLOUR, LONGEST_COLOUR, Found, Predicates
from admagan.bank.words import Word, words

_MOST_MODIFIERS = 4
_NUMBERS = {
    str(number): word for number, word in enumerate(["zero", "one", "two", "three", "four", "five", "six"])
}
_CONNECTORS = frozenset({"and", "&"})
# Before adjectives that a comma parts: "with long, red hair", but not "smiling, red hair".
_BEFORE_ADJECTIVES = frozenset(["a", "an", "the", "with", "has", "have", "his", "her", "their", "its"])
_PARTICLE = "的"
_COLOUR_AND = frozenset("和与與及跟")
_NO_COLOUR = frozenset("不没沒無无未别別戴带帶穿有是一")
# Words that say of themselves that something is not there -> the word for what is not.
_ABSENCES = {
    ("clean", "shaven"): "beard",
    ("bareheaded",): "hat",
    ("bare", "headed"): "hat",
    ("barefoot",): "shoe",
}


@dataclass(frozen=True, slots=True)
class Match:
    """An attribute that a text mentions."""

    index: int
    """Position of the attribute in the bank."""
    start: int
    """First character of the mention in the text."""
    end: int
    """One past its last character."""
    negated: bool
    """Whether the text says that it is not there ("without glasses", "没有胡子")."""


@dataclass
class _Node:
    """A place in the tree of phrases: what can follow, and which attributes a phrase ending here names."""

    children: dict[str, _Node] = field(default_factory=dict)
    indices: tuple[int, ...] = ()


class Matcher:
    """The phrases of a bank as one tree of words.

    Args:
        phrases: (phrase, attribute index) pairs; a phrase may name several attributes.
    """

    def __init__(self, phrases: Iterable[tuple[str, int]]) -> None:
        self._root = _Node()
        self._modified: dict[tuple[str, str], tuple[int, ...]] = {}
        self._predicates = Predicates()
        for phrase, index in phrases:
            tokens = _read(phrase)
            parts = [word.text for word in tokens]
            self._add(parts, index)
            if len(parts) == 2 and parts[0].isascii() and not denies(phrase[: tokens[1].start]):
                self._add(["".join(parts)], index)  # "t-shirt" is also "tshirt"
                key = (parts[0], parts[1])
                self._modified[key] = _with(self._modified.get(key, ()), index)
            self._predicates.add(parts, index)
        self._modifiers = {modifier for modifier, _ in self._modified}
        self._heads = {head for _, head in self._modified}

    def match(self, text: str) -> list[Match]:
        """Return the mentions in `text`, in reading order.

        Where one phrase lies within another, only the longer counts ("blue hat", not "hat"). Adjectives may
        share a noun: "long red hair" mentions both "long hair" and "red hair". They may follow it: "the hat is blue".
        """
        tokens = _read(text)
        found = [hit for start in range(len(tokens)) for hit in self._longest(tokens, start)]
        found += [hit for head in range(len(tokens)) for hit in self._shared_noun(text, tokens, head)]
        found += self._predicates.find(text, tokens)
        kept = _without_contained(found)
        spans = [
            Mention(tokens[hit.words[0]].start, tokens[hit.words[-1]].end, len(hit.words), hit.absent)
            for hit in kept
        ]
        negated = negated_mentions(text, spans)
        return [
            Match(hit.index, span.start, span.end, no)
            for hit, span, no in zip(kept, spans, negated, strict=True)
        ]

    def _add(self, parts: Sequence[str], index: int) -> None:
        node = self._root
        for part in parts:
            node = node.children.setdefault(part, _Node())
        if node is not self._root:
            node.indices = _with(node.indices, index)

    def _longest(self, tokens: Sequence[Word], start: int) -> list[Found]:
        """Return the longest phrase that begins at word `start`, once per attribute that it names."""
        node, best = self._root, _Node()
        path: list[int] = []
        best_path: tuple[int, ...] = ()
        position = start
        while position < len(tokens) and (tokens[position].joined or not path):
            word = tokens[position].text
            child = node.children.get(word) or _colour_of(node).get(word)
            if child is not None:
                node = child
                path.append(position)
                if node.indices:
                    best, best_path = node, tuple(path)
                position += 1
            elif path and word == _PARTICLE:  # 蓝色的帽子 is 蓝色帽子
                position += 1
            elif path and path[-1] == position - 1 and (after := _after_other_colours(tokens, position)):
                position = after  # 红色和蓝色帽子 is 红色帽子 too
            else:
                break
        if best_path:
            return [Found(best_path, index) for index in best.indices]
        return self._written_apart(tokens, start) or self._absence(tokens, start)

    def _written_apart(self, tokens: Sequence[Word], position: int) -> list[Found]:
        """Read "t-shirt" as the phrase "tshirt"."""
        pair = tokens[position : position + 2]
        if len(pair) < 2 or not pair[1].joined or not pair[0].text.isascii():
            return []
        node = self._root.children.get(pair[0].text + pair[1].text)
        return [Found((position, position + 1), index) for index in node.indices] if node else []

    def _absence(self, tokens: Sequence[Word], start: int) -> list[Found]:
        """Read "beardless" and "clean-shaven" as a beard that is absent, "unsmiling" as no smile."""
        word = tokens[start].text
        one = tuple(range(start, start + 1))
        absent = [(one, word.removesuffix("less")), (one, word.removeprefix("un"))]
        for words_of_it, noun in _ABSENCES.items():
            part = tokens[start : start + len(words_of_it)]
            if words_of_it == tuple(token.text for token in part) and all(token.joined for token in part[1:]):
                absent.append((tuple(range(start, start + len(part))), noun))
        nodes = [(place, self._root.children.get(noun)) for place, noun in absent if noun != word]
        return [Found(place, index, absent=True) for place, node in nodes if node for index in node.indices]

    def _shared_noun(self, text: str, tokens: Sequence[Word], head: int) -> list[Found]:
        """Return phrases of a modifier and the noun at `head` with other modifiers between them."""
        noun = tokens[head].text
        if noun not in self._heads:
            return []
        hits: list[Found] = []
        # Beyond a comma adjectives belong to the noun only if what comes before them shows that there are more.
        apart: list[Found] = []
        beyond = False
        for position in range(head - 1, max(-1, head - 2 - 2 * _MOST_MODIFIERS), -1):
            after = tokens[position + 1]
            beyond |= not after.joined
            word = tokens[position].text
            if not after.joined and text[tokens[position].end : after.start].strip() != ",":
                break
            if beyond and (word in self._heads or self._root.children.get(word, _Node()).indices):
                break  # a thing of its own, with adjectives of its own
            if word in self._modifiers:
                indices = self._modified.get((word, noun), ())
                found = [Found((position, head), index) for index in indices if position < head - 1]
                (apart if beyond else hits).extend(found)
            elif word not in _CONNECTORS:
                return hits + apart if word in _BEFORE_ADJECTIVES and after.joined else hits
        return hits


def _read(text: str) -> list[Word]:
    """Return the words of a text, where "3 eyes" are three eyes."""
    return [word._replace(text=_NUMBERS.get(word.text, word.text)) for word in words(text)]


def _colour_of(node: _Node) -> dict[str, _Node]:
    """Return what may follow where 蓝帽子 is said for 蓝色帽子."""
    colour = node.children.get(COLOUR)
    return colour.children if colour else {}


def _after_other_colours(tokens: Sequence[Word], position: int) -> int | None:
    """Return the position after 和蓝色 and the like, where the word before `position` ends a first colour."""
    if tokens[position - 1].text != COLOUR:
        return None
    after = None
    for _ in range(_MOST_MODIFIERS):
        part = [token.text if token.joined else "" for token in tokens[position : position + LONGEST_COLOUR]]
        if not part or part[0] not in _COLOUR_AND or COLOUR not in part or not _NO_COLOUR.isdisjoint(part):
            break
        position += part.index(COLOUR) + 1
        after = position
    return after


def _with(indices: tuple[int, ...], index: int) -> tuple[int, ...]:
    return indices if index in indices else (*indices, index)


def _without_contained(found: list[Found]) -> list[Found]:
    """Drop every hit whose words are a part of another's; what is left is in reading order."""
    longest_first = sorted(found, key=lambda hit: (-len(hit.words), hit.words, hit.index))
    owners: dict[int, list[frozenset[int]]] = {}
    kept: list[Found] = []
    for hit in longest_first:
        own = frozenset(hit.words)
        if any(own < other for other in owners.get(hit.words[0], ())):
            continue
        kept.append(hit)
        for word in hit.words:
            owners.setdefault(word, []).append(own)
    return sorted(kept, key=lambda hit: (hit.words, hit.index))
