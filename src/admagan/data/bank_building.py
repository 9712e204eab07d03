"""From the training split to an attribute bank, and from records to multi-hot vectors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from admagan.bank import AttributeBank
from admagan.bank.words import identity, words
from admagan.data.manifest import Manifest
from admagan.data.mining import MiningReport, mine
from admagan.data.tags import read_tags
from admagan.errors import InputError
from admagan.progress import track
from admagan.schema.bank import BankSettings
from admagan.schema.records import MINED_GROUP, Attribute, Record

ANY_LANGUAGE = "und"
"""Language code of mined phrases: nobody said which it is."""

Multihot = tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]


def build_bank(manifest: Manifest, settings: BankSettings | None = None) -> AttributeBank:
    """Return the attributes of the training split `manifest`, with the images that have each counted.

    Raises:
        InputError: `settings.source` is "tags" and no record has any, or "captions" and nothing was found.
    """
    settings = settings or BankSettings()
    attributes: list[Attribute] = []
    source = _source(manifest, settings)
    if source in ("tags", "both"):
        attributes += read_tags(manifest, settings).attributes
        _require(attributes, manifest, "tags", settings)
    if source in ("captions", "both"):
        attributes += _mined_attributes(manifest, settings, AttributeBank(tuple(attributes)))
        _require(attributes, manifest, "captions", settings)
    return AttributeBank(tuple(attributes))


def mine_manifest(
    manifest: Manifest, settings: BankSettings | None = None, most: int | None = None
) -> MiningReport:
    """Mine the captions of the training split `manifest`; see `admagan.data.mining.mine`."""
    settings = settings or BankSettings()
    captions = [_captions(entry.record) for entry in manifest.entries]
    threshold = settings.threshold(len(manifest.entries))
    return mine(captions, most or settings.max_attributes, threshold, settings.miner)


def encode_records(manifest: Manifest, bank: AttributeBank) -> Multihot:
    """Return (y float32 (N, n) in {0, 1}, known bool (N, n)) for the N entries of `manifest`.

    Attributes from tags follow the tags. A mined attribute is there where a caption mentions it without denying
    it, else absent; but a phrase within a longer one that was mentioned ("hat" in "blue hat", "dog" in "hot dog")
    is unknown, and so are all of them for a picture without captions. Where a picture has no tags, its captions
    tell which of the other attributes they mention and deny; the rest is unknown.
    """
    y = np.zeros((len(manifest.entries), len(bank)), np.float32)
    known = np.zeros(y.shape, np.bool_)
    mined = np.array([attribute.group == MINED_GROUP for attribute in bank.attributes], np.bool_)
    inner = _inner_phrases(bank)
    for row, entry in enumerate(track(manifest.entries, "Reading attributes")):
        y[row], known[row] = bank.encode(entry.record.tags)
        if mined.any() or entry.record.tags is None:
            _add_mentions(entry.record, bank, mined, inner, y[row], known[row])
    return y, known


def _add_mentions(
    record: Record,
    bank: AttributeBank,
    mined: npt.NDArray[np.bool_],
    inner: Sequence[Sequence[int]],
    y: npt.NDArray[np.float32],
    known: npt.NDArray[np.bool_],
) -> None:
    """Add to one picture's vectors (n,) what its captions say; `mined` (n,) are those that only captions tell."""
    captions = _captions(record)
    matches = [match for caption in captions for match in bank.match(caption)]
    said = {match.index for match in matches if not match.negated}
    denied = {match.index for match in matches} - said
    known[mined] = bool(captions)
    known[[part for index in said for part in inner[index] if mined[part]]] = False
    readable = mined | (record.tags is None)
    known[[index for index in said | denied if readable[index]]] = True
    y[[index for index in said if readable[index]]] = 1


def _captions(record: Record) -> list[str]:
    return [caption for caption in record.text if caption.strip()]


def _inner_phrases(bank: AttributeBank) -> list[tuple[int, ...]]:
    """Return for each attribute those whose name is a part of its name: "blue hat" has "hat" and "blue"."""
    named = [tuple(word.text for word in words(name)) for name in bank.names]
    indices = {name: index for index, name in enumerate(named)}
    return [
        tuple(
            indices[name[start:end]]
            for start, end in combinations(range(len(name) + 1), 2)
            if end - start < len(name) and name[start:end] in indices
        )
        for name in named
    ]


def _source(manifest: Manifest, settings: BankSettings) -> str:
    if settings.source != "auto":
        return settings.source
    return "tags" if any(entry.record.tags for entry in manifest.entries) else "captions"


def _require(attributes: Sequence[Attribute], manifest: Manifest, what: str, settings: BankSettings) -> None:
    if not attributes and settings.source != "auto":
        threshold = settings.threshold(len(manifest.entries))
        raise InputError(
            f"{manifest.file}: bank.source={settings.source}",
            f"{what} that {threshold} training images have in common",
            "none",
            "Lower bank.min_count, or choose another bank.source.",
        )


def _mined_attributes(manifest: Manifest, settings: BankSettings, others: AttributeBank) -> list[Attribute]:
    """Return mined attributes with the counts that `encode_records` gives, without those of `others`."""
    room = settings.max_attributes - len(others)
    found = mine_manifest(manifest, settings, settings.max_attributes).phrases if room > 0 else ()
    ways: dict[str, list[str]] = {}  # "skate board" is "skateboard"
    for phrase in found:
        if others.find(phrase.phrase) is None:
            ways.setdefault(identity(phrase.phrase), []).extend([phrase.phrase, *phrase.aliases])
    attributes = [
        Attribute(
            name=same[0],
            group=MINED_GROUP,
            phrases={ANY_LANGUAGE: same} if len(same) > 1 else {},
        )
        for same in ways.values()
    ][:room]
    threshold = settings.threshold(len(manifest.entries))
    frequent = [
        attribute for attribute in _counted(manifest, others, attributes) if attribute.count >= threshold
    ]
    return _counted(manifest, others, frequent)  # those left out have left their words to others


def _counted(manifest: Manifest, others: AttributeBank, attributes: list[Attribute]) -> list[Attribute]:
    bank = AttributeBank((*others.attributes, *attributes))
    counts = encode_records(manifest, bank)[0].sum(axis=0)[len(others) :]
    return [
        attribute.model_copy(update={"count": int(count)})
        for attribute, count in zip(attributes, counts, strict=True)
    ]
