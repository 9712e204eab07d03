"""The numbers behind `admagan data stats`."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from admagan.bank import AttributeBank
from admagan.bank.words import words
from admagan.data.bank_building import build_bank, encode_records, mine_manifest
from admagan.data.correlation import PairCounts, conditional_probability, correlation_graph, count_pairs
from admagan.data.images import decode_image
from admagan.data.manifest import SPLITS, Entry, Manifest, captions_of, stated_tags
from admagan.data.mining import MiningReport
from admagan.data.shard_reading import picture_source
from admagan.data.tags import TagReport, read_tags
from admagan.data.tokenizer import train_tokenizer
from admagan.errors import InputError
from admagan.schema.bank import BankSettings
from admagan.schema.model import MemoryConfig, TextConfig
from admagan.schema.records import MINED_GROUP, Record, Split

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """A record to show."""

    entry: Entry
    split: Split
    image: Image.Image
    tags: tuple[str, ...]
    """As the record has them, each once; where it has none, the attributes that its captions mention."""


@dataclass(frozen=True)
class Captions:
    """The captions of the training split."""

    count: int
    distinct: int
    per_picture: float
    """Mean."""
    tokens: npt.NDArray[np.int64]
    """(count,): tokens of each, with a tokenizer trained on these captions."""
    max_tokens: int
    """Tokens that a model reads; the rest of a caption is cut."""
    frequent: tuple[tuple[str, int], ...]
    """Most frequent words, and the captions that have them."""

    @property
    def cut(self) -> float:
        """Share of captions that are longer than `max_tokens`."""
        return float((self.tokens > self.max_tokens).mean()) if self.count else 0.0


@dataclass(frozen=True)
class Pair:
    """Two attributes that the correlation graph joins; `first` has the stronger link to `second`."""

    first: str
    second: str
    count: int
    """Images that have both."""
    forward: float
    """P(second | first)."""
    backward: float
    """P(first | second)."""
    phi: float
    """Correlation coefficient of the two, in (0, 1]."""


@dataclass(frozen=True)
class Correlation:
    """What occurs together in the training split; arrays (n, n) in the order of the bank."""

    probability: Floats
    """P(j | i) at [i, j]."""
    graph: Floats
    """What the attribute memory is propagated through."""
    tau: float
    """Probability from which two attributes are joined."""
    links: int
    """Pairs that are joined."""
    pairs: tuple[Pair, ...]
    """The joined ones that occur together more often than by chance, the most correlated first."""
    alone: tuple[str, ...]
    """Attributes without a neighbour in the graph."""


@dataclass(frozen=True)
class Statistics:
    """All that the report shows."""

    manifest: Manifest
    sizes: dict[Split, int]
    """Records of each split."""
    samples: tuple[Sample, ...]
    bank: AttributeBank
    """As training would build it."""
    unknown: float
    """Share of the (image, attribute) pairs of the training split that nobody knows."""
    tags: TagReport | None
    """None where no record has tags."""
    mining: MiningReport | None
    """None where attributes come from tags."""
    captions: Captions
    correlation: Correlation


def collect(manifest: Manifest, samples: int = 24) -> Statistics:
    """Return the statistics of a data set; attributes, captions and pairs are those of the training split."""
    train = manifest.split("train")
    if not len(train):
        raise InputError(str(manifest.file), "records in the train split", "none")
    settings = BankSettings()
    bank = build_bank(train, settings)
    attributes, known = encode_records(train, bank)
    tagged = any(entry.record.tags for entry in train.entries)
    sizes = Counter(manifest.splits)
    return Statistics(
        manifest=manifest,
        sizes={split: sizes[split] for split in SPLITS},
        samples=tuple(choose_samples(manifest, bank, samples)),
        bank=bank,
        unknown=float(1 - known.mean()) if len(bank) else 0.0,
        tags=read_tags(train, settings) if tagged else None,
        mining=mine_manifest(train, settings) if MINED_GROUP in bank.groups else None,
        captions=describe_captions(train),
        correlation=correlate(bank, attributes, known),
    )


def choose_samples(manifest: Manifest, bank: AttributeBank, count: int) -> Iterator[Sample]:
    """Yield `count` records at random, the same whenever asked for; pictures that cannot be read are passed over.

    `admagan data check` names those.
    """
    content = picture_source(manifest)
    order = list(zip(manifest.entries, manifest.splits, strict=True))
    random.Random(manifest.fingerprint()).shuffle(order)  # noqa: S311
    for entry, split in order:
        if count == 0:
            return
        try:
            image = decode_image(content(entry.path), str(entry.path)).rgb
        except InputError:
            continue
        yield Sample(entry, split, image, tuple(dict.fromkeys(_tags(entry.record, bank))))
        count -= 1


def _tags(record: Record, bank: AttributeBank) -> Iterator[str]:
    if record.tags is not None:
        yield from (value for _, value in stated_tags(record))
        return
    for caption in record.text:
        yield from (bank.names[match.index] for match in bank.match(caption) if not match.negated)


def describe_captions(manifest: Manifest, text: TextConfig | None = None) -> Captions:
    """Count captions, their words, and their tokens as a model with the settings `text` would see them."""
    text = text or TextConfig()
    captions = [caption for entry in manifest.entries for caption in captions_of(entry.record)]
    tokenizer = train_tokenizer(captions, text.vocabulary)
    tokens = [len(encoding.ids) for encoding in tokenizer.encode_batch_fast(captions)]
    seen = Counter(word for caption in captions for word in _words(caption))
    return Captions(
        count=len(captions),
        distinct=len({hashlib.sha256(caption.encode()).digest() for caption in captions}),
        per_picture=len(captions) / len(manifest),
        tokens=np.array(tokens, dtype=np.int64),
        max_tokens=text.max_tokens,
        frequent=tuple(seen.most_common(60)),
    )


def _words(caption: str) -> set[str]:
    """Return the words of a caption as it writes them, case folded; of letters alone only those of other scripts."""
    written = {caption[word.start : word.end].casefold() for word in words(caption)}
    return {word for word in written if len(word) > 1 or not word.isascii()}


def correlate(
    bank: AttributeBank,
    attributes: npt.NDArray[np.float32],
    known: npt.NDArray[np.bool_],
    memory: MemoryConfig | None = None,
) -> Correlation:
    """Return the graph of a model with the settings `memory`, and its strongest pairs, of vectors (N, n)."""
    memory = memory or MemoryConfig()
    counts = count_pairs(attributes, known)
    probability = conditional_probability(counts)
    joined = (probability >= memory.tau) & ~np.eye(len(bank), dtype=bool)
    joined |= joined.T
    phi = correlation_coefficients(counts, known)
    first, second = np.nonzero(np.triu(joined) & (phi > 0))
    pairs = []
    for place in np.argsort(-phi[first, second], kind="stable").tolist():
        i, j = int(first[place]), int(second[place])
        a, b = (i, j) if probability[i, j] >= probability[j, i] else (j, i)
        shares = float(probability[a, b]), float(probability[b, a])
        pairs.append(Pair(bank.names[a], bank.names[b], int(counts.pairs[i, j]), *shares, float(phi[i, j])))
    return Correlation(
        probability=probability,
        graph=correlation_graph(counts, memory.tau, memory.p, memory.correlation),
        tau=memory.tau,
        links=int(joined.sum()) // 2,
        pairs=tuple(pairs),
        alone=tuple(bank.names[index] for index in np.nonzero(~joined.any(axis=1))[0]),
    )


def correlation_coefficients(counts: PairCounts, known: npt.NDArray[np.bool_]) -> Floats:
    """Return the phi coefficient of each two attributes (n, n) over the images where both are known.

    0 where one of them never or always occurs.
    """
    images = known.T.astype(np.float64) @ known
    one, other = counts.support, counts.support.T
    spread = np.sqrt(one * (images - one) * other * (images - other))
    return np.divide(images * counts.pairs - one * other, spread, out=np.zeros_like(spread), where=spread > 0)
