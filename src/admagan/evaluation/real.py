"""The real side of an evaluation: pictures, captions and attributes of a split, as the model's bank numbers them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from admagan.bank import AttributeBank
from admagan.data.bank_building import encode_records
from admagan.data.cache import ImageCache, cache_root
from admagan.data.manifest import Manifest, captions_of, read_manifest
from admagan.data.prepare import content_fingerprint
from admagan.data.shards import has_shards
from admagan.errors import InputError
from admagan.metrics.pictures import LabelledPictures
from admagan.schema.data import DataSettings
from admagan.schema.records import Split
from admagan.training.quality import EVALUATORS

FEWEST = 16
"""Pictures of a split: enough that nearly every half of them has more than K."""


@dataclass(frozen=True)
class RealSplit:
    """One split of a data set."""

    name: Split
    pictures: LabelledPictures
    """N pictures with their attributes."""
    captions: list[list[str]]
    """Of each picture; some may have none."""
    fingerprint: str
    """SHA-256 over its records and pictures."""


@dataclass(frozen=True)
class RealData:
    """What a model is held against."""

    name: str
    """Of the data set folder."""
    evaluated: RealSplit
    train: RealSplit
    fitting: DataSettings
    """How its pictures were made square."""
    kept: Path
    """Folder for what is computed once: evaluators, matchers, features."""


def records_to_evaluate(root: Path, split: Split) -> Manifest:
    """Read the records of a data set that models can be evaluated on.

    Raises:
        InputError: A record is wrong, the split or the training split has too few pictures, or the set is in shards.
    """
    if has_shards(root):
        raise InputError(
            str(root), "a folder of pictures", "shards", "Evaluate on the set they were made of."
        )
    manifest = read_manifest(root)
    for name in (split, "train"):
        count = len(manifest.split(name))
        if count < FEWEST:
            raise InputError(str(manifest.file), f"at least {FEWEST} pictures in split {name}", count)
    return manifest


def read_real(root: Path, split: Split, bank: AttributeBank, size: int, settings: DataSettings) -> RealData:
    """Read the split to evaluate on and the training split.

    Args:
        root: The data set folder; its pictures are cached as for training.
        split: Which one to evaluate on.
        bank: The model's attributes; tags that it does not hold play no part.
        size: Side of the model's pictures.
        settings: How pictures are made square.

    Raises:
        InputError: A split has too few pictures, a record or picture cannot be used, or the set is in shards.
    """
    manifest = records_to_evaluate(root, split)
    cache = ImageCache.build(manifest, size, settings)

    def of(name: Split) -> RealSplit:
        part: Manifest = manifest.split(name)
        labels, known = encode_records(part, bank)
        pictures = LabelledPictures(cache.images, cache.rows_of(part), size, labels > 0, known)
        captions = [captions_of(entry.record) for entry in part.entries]
        return RealSplit(name, pictures, captions, content_fingerprint(part, cache))

    return RealData(
        manifest.root.name, of(split), of("train"), settings, cache_root(manifest.root) / EVALUATORS
    )
