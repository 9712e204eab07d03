"""Attributes from captions: the phrases whose mention says most about which picture a caption belongs to."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from admagan.data.phrases import Chunk, Chunker, Miner, chunker
from admagan.progress import track

LONGEST = 3
"""Words of a phrase."""
SAME_PICTURES = 0.9
"""Two phrases are one where this share of the pictures of either mentions both."""
_MOST_MODIFIERS = 4
_HEADED_SHARE = 0.5  # of a phrase's mentions that end in the chunk's noun, for it to be a noun phrase
# Words belong together where most pictures of the rarest of them have the phrase, and either most of the commonest
# one's as well, or at least some, and many times as many as chance would give.
_MOST, _SOME, _LIFT = 0.6, 0.1, 5.0
_OF_EACH = 0.25  # of each word's pictures have the phrase, for the phrase to stand for its words
_LEAST_NOVELTY = 0.35
_COMPARED_PICTURES = 16_000  # near-duplicates are looked for in so many, evenly spaced
_POOL_FACTOR = 4  # phrases compared with each other, for each that is kept
_TALLIED = 1_000_000  # phrases counted at a time; beyond it those of one picture are forgotten

Captions = Sequence[Sequence[str]]
"""The captions of each picture."""
Picture = Sequence[Sequence[Chunk]]
"""The chunks of each caption of a picture."""


@dataclass(frozen=True)
class MinedPhrase:
    """A phrase that captions use."""

    phrase: str
    """As most captions write its words."""
    count: int
    """Pictures with a caption that has it."""
    bits: float
    """Information that its mention carries about the picture; see `mine`."""
    aliases: tuple[str, ...] = ()
    """Phrases of nearly the same pictures, which stand for this one."""


@dataclass(frozen=True)
class MiningReport:
    """What was found in captions."""

    phrases: tuple[MinedPhrase, ...]
    """Kept, the best first."""
    extractor: str
    """What cut the captions into phrases: "pattern", or "spacy" with its model."""
    candidates: int
    """Different phrases that enough pictures mention, of which the best were kept."""
    threshold: int
    """Pictures that a phrase needed."""
    pictures: int
    """That have captions."""


def mine(captions: Captions, most: int, threshold: int, miner: Miner = "auto") -> MiningReport:
    """Return the phrases that tell pictures apart best.

    Candidates are words, noun phrases of up to three words, and each adjective with its noun ("small red
    bicycle" has "red bicycle" and "small bicycle"). They are ranked by the information in bits that a
    mention carries about the picture: H(p) - mean over pictures of H(p_i), where p_i is the share of picture i's
    captions that mention it and p its mean. What all captions say (p = 1) and what they say by chance
    (p_i = p) carries none; what carries none is left out. A phrase counts for less the more surely its words, once
    they come together, make that phrase; where they nearly always do, it is dropped: the words say it already.
    Near-duplicates become one.

    Args:
        captions: Of each picture; those without any take no part.
        most: Phrases to keep.
        threshold: Pictures that must mention a phrase.
        miner: How captions are cut into phrases.

    Raises:
        InputError: `miner` is "spacy", and it or its language model is not installed.
    """
    extractor, cut = chunker(miner)
    captions = [texts for texts in captions if texts]
    tally, sample = _tally(captions, cut)
    common = [phrase for phrase in tally.pictures if tally.pictures[phrase] >= threshold]
    ranked = sorted(
        (phrase for phrase in common if tally.is_phrase(phrase) and tally.bits(phrase) > 0),
        key=lambda phrase: (-tally.bits(phrase), phrase),
    )
    pool = ranked[: _POOL_FACTOR * most]
    phrases = _distinct(tally, pool, sample)[:most]
    return MiningReport(tuple(phrases), extractor, len(ranked), threshold, len(captions))


@dataclass
class _Tally:
    """What is counted per phrase, while captions go by."""

    total: int = 0
    pictures: Counter[str] = field(default_factory=Counter)
    headed: Counter[str] = field(default_factory=Counter)
    """Pictures where the phrase ends in a chunk's noun."""
    share: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Sum of p_i."""
    entropy: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Sum of H(p_i)."""
    written: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Word -> how captions write it."""

    def add(self, chunks: Picture) -> None:
        """Count one picture."""
        self.total += 1
        mentions: Counter[str] = Counter()
        headed: set[str] = set()
        for caption in chunks:
            phrases: dict[str, bool] = {}
            for chunk in caption:
                for token in chunk:
                    self.written[token.key][token.written] += 1
                for phrase, is_headed in _candidates(chunk):
                    phrases[phrase] = phrases.get(phrase, False) or is_headed
            mentions.update(phrases.keys())
            headed |= {phrase for phrase, is_headed in phrases.items() if is_headed}
        self.pictures.update(mentions.keys())
        self.headed.update(headed)
        for phrase, count in mentions.items():
            share = count / len(chunks)
            self.share[phrase] += share
            if count < len(chunks):
                self.entropy[phrase] += _entropy(share)
        if len(self.pictures) > _TALLIED:
            self._forget_rarest()

    def bits(self, phrase: str) -> float:
        """Return the information that a mention carries about the picture."""
        return _entropy(self.share[phrase] / self.total) - self.entropy[phrase] / self.total

    def is_cohesive(self, phrase: str) -> bool:
        """Return whether its words belong together ("navy blue"), rather than meet by chance."""
        counts = [self.pictures[word] for word in phrase.split()]
        expected = self.total * float(np.prod([count / self.total for count in counts]))
        together = self.pictures[phrase]
        if together < max(_MOST * min(counts), _SOME * max(counts)):
            return False
        return together >= min(_MOST * max(counts), _LIFT * expected)

    def is_bound(self, phrase: str) -> bool:
        """Return whether none of its words is common without it ("lino perros", but not "lino perros women")."""
        most = max(self.pictures[word] for word in phrase.split())
        return self.pictures[phrase] >= _OF_EACH * most

    def is_phrase(self, phrase: str) -> bool:
        """Return whether it is a word or a noun phrase, rather than words that stand side by side."""
        if " " not in phrase or self.headed[phrase] >= _HEADED_SHARE * self.pictures[phrase]:
            return True
        return self.is_cohesive(phrase)

    def spelled(self, phrase: str) -> str:
        return " ".join(max(self.written[word].items(), key=_by_count)[0] for word in phrase.split())

    def _forget_rarest(self) -> None:
        for phrase in [phrase for phrase, count in self.pictures.items() if count == 1]:
            for table in (self.pictures, self.headed, self.share, self.entropy):
                table.pop(phrase, None)


def _tally(captions: Captions, cut: Chunker) -> tuple[_Tally, list[Picture]]:
    """Count all pictures; return the counts, and a sample of evenly spaced pictures."""
    tally = _Tally()
    sample: list[Picture] = []
    step = -(-len(captions) // _COMPARED_PICTURES)
    pictures = track(_by_picture(captions, cut), "Reading captions", len(captions))
    for number, picture in enumerate(pictures):
        tally.add(picture)
        if number % step == 0:
            sample.append(picture)
    return tally, sample


def _by_picture(captions: Captions, cut: Chunker) -> Iterator[Picture]:
    """Yield the chunks of each caption, picture by picture; `cut` sees one stream, which suits spacy."""
    stream = cut(caption for texts in captions for caption in texts)
    for texts in captions:
        yield [next(stream) for _ in texts]


def _candidates(chunk: Chunk) -> Iterator[tuple[str, bool]]:
    """Yield (phrase, whether it ends in the chunk's noun): words, n-grams, and modifiers with the noun."""
    keys = [token.key for token in chunk]
    last = len(keys) - 1
    for size in range(1, LONGEST + 1):
        for start in range(len(keys) - size + 1):
            part = keys[start : start + size]
            if len(set(part)) == size:
                yield " ".join(part), start + size - 1 == last
    for key in keys[max(0, last - _MOST_MODIFIERS) : max(0, last - 1)]:
        if key != keys[last]:
            yield f"{key} {keys[last]}", True


def _distinct(tally: _Tally, pool: Sequence[str], sample: Sequence[Picture]) -> list[MinedPhrase]:
    """Return the phrases of `pool`, near-duplicates in one, ranked by bits and novelty."""
    rows = {phrase: row for row, phrase in enumerate(dict.fromkeys([*pool, *" ".join(pool).split()]))}
    mentions = _mentions(sample, rows)
    novelty = [_novelty(tally, phrase, rows, mentions) for phrase in pool]
    order = sorted(
        (row for row in range(len(pool)) if novelty[row] >= _LEAST_NOVELTY),
        key=lambda row: (-tally.bits(pool[row]) * novelty[row], pool[row]),
    )
    counts = mentions[: len(pool)].sum(axis=1)
    both = mentions[: len(pool)] @ mentions[: len(pool)].T
    same = both >= SAME_PICTURES * (counts[:, None] + counts[None, :] - both)
    merged = np.zeros(len(pool), bool)
    phrases: list[MinedPhrase] = []
    for row in order:
        if not merged[row]:
            alike = [other for other in order if same[row, other] and not merged[other]]
            merged[alike] = True
            phrases.append(_one_of(tally, [pool[other] for other in alike]))
    return phrases


def _one_of(tally: _Tally, alike: list[str]) -> MinedPhrase:
    """Return the longest of some near-duplicates whose words are not common without it, the others as aliases."""
    bound = [phrase for phrase in alike if " " not in phrase or tally.is_bound(phrase)] or alike
    best = max(bound, key=lambda phrase: (len(phrase.split()), tally.pictures[phrase], phrase))
    aliases = tuple(tally.spelled(phrase) for phrase in alike if phrase != best)
    return MinedPhrase(tally.spelled(best), tally.pictures[best], tally.bits(best), aliases)


def _mentions(sample: Sequence[Picture], rows: dict[str, int]) -> npt.NDArray[np.float32]:
    """Return (phrases, S) in {0, 1}: which of the S pictures mention which phrase."""
    mentions = np.zeros((len(rows), len(sample)), np.float32)
    for column, picture in enumerate(sample):
        found = {phrase for caption in picture for chunk in caption for phrase, _ in _candidates(chunk)}
        mentions[[rows[phrase] for phrase in found if phrase in rows], column] = 1
    return mentions


def _novelty(tally: _Tally, phrase: str, rows: dict[str, int], mentions: npt.NDArray[np.float32]) -> float:
    """Return how much a phrase says beyond its words: 1 for words, and for words that belong together."""
    words = phrase.split()
    if len(words) == 1 or tally.is_cohesive(phrase):
        return 1.0
    together = mentions[[rows[word] for word in words]].min(axis=0).sum()
    return 1 - float(mentions[rows[phrase]].sum() / max(together, 1))


def _entropy(p: float) -> float:
    """Return the entropy of a yes or no in bits."""
    return 0.0 if p <= 0 or p >= 1 else -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def _by_count(item: tuple[str, int]) -> tuple[int, str]:
    return item[1], item[0]
