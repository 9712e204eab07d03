"""Adjectives that a text says of a noun after it: "the hat is blue", "hair that is not red", "背景：白色"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from admagan.bank.words import Word

COLOUR = "色"
LONGEST_COLOUR = 4
"""Words of 和深蓝色."""
_NUMBERS = frozenset(["one", "two", "three", "four", "five", "six"])
_LINK = re.compile(
    r"(?:\s+(?:that|which))?\s+(?P<is>is|are|was|were)(?:n['’]t|\s+not)?\s+(?:all\s+|very\s+)?|\s*[:：=(（]\s*|"
    r"(?P<shi>(?:的颜色)?不?是)",
    re.IGNORECASE,
)
_NOT = re.compile("not|n['’]t|不", re.IGNORECASE)
# What may follow the adjective, or it says something of the next noun: "hat: blue shirt", "blue-haired".
_STATEMENT_ENDS = re.compile(r"的?\s*(?:$|[,.;!?)，。；！、）])")
_CLAUSE_ENDS = re.compile(
    r"\s*(?:$|[,.;:!?)]|(?:and|or|but|with|in|on|while|who|which|that|though|not|as)\b)", re.IGNORECASE
)
_CHINESE_CLAUSE_ENDS = re.compile(r"的|\s*(?:$|[,.;!?)，。；！、）和与但而])")


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase in a text."""

    words: tuple[int, ...]
    """Positions of its words in the text; of the adjective alone where that is denied."""
    index: int
    """Of the attribute that it names."""
    absent: bool = False
    """Whether its words deny it by themselves."""


class Predicates:
    """The phrases of a bank that have an adjective, by their nouns."""

    def __init__(self) -> None:
        self._adjectives: dict[tuple[str, ...], dict[tuple[str, ...], dict[int, None]]] = {}
        self._longest_noun = 0

    def add(self, parts: Sequence[str], index: int) -> None:
        """Add a phrase, word by word, that names attribute `index`; without an adjective it changes nothing."""
        cut = _adjective_length(parts)
        if cut:
            adjective, noun = tuple(parts[:cut]), tuple(parts[cut:])
            self._adjectives.setdefault(noun, {}).setdefault(adjective, {})[index] = None
            self._longest_noun = max(self._longest_noun, len(noun))

    def find(self, text: str, tokens: Sequence[Word]) -> Iterator[Found]:
        """Yield what `text`, whose words are `tokens`, says in this way; linear in its length."""
        for start in range(len(tokens)):
            for end in range(start + 1, min(start + self._longest_noun, len(tokens)) + 1):
                adjectives = self._adjectives.get(tuple(token.text for token in tokens[start:end]))
                if adjectives and all(token.joined for token in tokens[start + 1 : end]):
                    yield from _said_of(text, tokens, range(start, end), adjectives)


def _said_of(
    text: str, tokens: Sequence[Word], noun: range, adjectives: Mapping[tuple[str, ...], Mapping[int, None]]
) -> Iterator[Found]:
    """Yield what follows the noun at these positions, of its adjectives -> attributes."""
    noun_ends = tokens[noun.stop - 1].end
    link = _LINK.match(text, noun_ends)
    begins = link.end() if link else noun_ends
    first = next((p for p in range(noun.stop, len(tokens)) if tokens[p].start >= begins), None)
    if first is None or tokens[first].start > begins:
        return
    ends = _STATEMENT_ENDS
    if link and link.lastgroup:
        ends = _CLAUSE_ENDS if link["is"] else _CHINESE_CLAUSE_ENDS
    absent = link is not None and _NOT.search(link[0]) is not None
    there = _whatever_it_is_like(adjectives) if absent else set()
    for adjective, indices in adjectives.items():
        place = range(first, first + len(adjective))
        said = tuple(token.text for token in tokens[first : place.stop])
        if said == adjective and ends.match(text, tokens[place.stop - 1].end):
            where = tuple(place) if absent else (*noun, *place)
            yield from (Found(where, index, absent) for index in indices if index not in there)


def _whatever_it_is_like(adjectives: Mapping[tuple[str, ...], Mapping[int, None]]) -> set[int]:
    """Return the attributes that are there without the adjective: of a hat that is not blue, the hat."""
    counts = Counter(index for indices in adjectives.values() for index in indices)
    return {index for index, count in counts.items() if count > 1}


def _adjective_length(parts: Sequence[str]) -> int:
    """Return how many words of a phrase say something of the others: 1 of "blue hat", 2 of 蓝色帽子, else 0."""
    if len(parts) == 2 and parts[0].isascii():
        return 0 if parts[0] in _NUMBERS else 1
    if COLOUR in parts[1:LONGEST_COLOUR]:
        cut = parts.index(COLOUR) + 1
        return cut if cut < len(parts) else 0
    return 0
