"""A data set made ready for training: pictures cached, captions and attributes as numbers, split by split.

What is made of the captions is kept in a folder (of the run) and made again only if the records, the settings
or the code that makes it have changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from admagan.bank import AttributeBank
from admagan.data.bank_building import build_bank, encode_records
from admagan.data.cache import ImageCache
from admagan.data.dataset import BatchSource, Samples, TrainingSet
from admagan.data.manifest import SPLITS, Manifest, captions_of, read_manifest
from admagan.data.shards import ShardIndex, has_shards, read_shard_index
from admagan.data.streaming import ShardStream
from admagan.data.tokenizer import encode_captions, read_tokenizer, train_tokenizer
from admagan.errors import InputError
from admagan.files import read_json, sha256, write_json, write_text
from admagan.schema.bank import ATTRIBUTES
from admagan.schema.records import Split
from admagan.schema.settings import Settings

TOKENIZER, MADE = "tokenizer.json", "made.json"
FORMAT = 1
"""To be raised when the same inputs are to give another bank or tokenizer."""


Pictures = ImageCache | ShardIndex
"""Decoded, in the training size; or where the data set folder holds shards, these."""


@dataclass(frozen=True)
class PreparedData:
    """All that training needs of a data set."""

    manifest: Manifest
    pictures: Pictures
    bank: AttributeBank
    tokenizer: Tokenizer
    samples: Mapping[Split, Samples]
    """Captions and attributes of each split, as numbers; none for a split without pictures."""
    settings: Settings

    @cached_property
    def content(self) -> str:
        """The SHA-256 over records and pictures: what the folder itself holds."""
        return content_fingerprint(self.manifest, self.pictures)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 over records, pictures, bank and tokenizer: what is trained on it stays valid while it stays."""
        digest = hashlib.sha256(self.content.encode())
        digest.update(json.dumps([a.model_dump(mode="json") for a in self.bank.attributes]).encode())
        digest.update(self.tokenizer.to_str().encode())
        return digest.hexdigest()

    def training_set(
        self, split: Split, batch_size: int, seed: int = 0, flip: bool | None = None
    ) -> BatchSource:
        """Return the pictures of one split in batches.

        Args:
            split: Which.
            batch_size: Samples a step in each process.
            seed: Of order, captions and augmentation.
            flip: Whether half of them are mirrored, where it is not as the settings say.

        Raises:
            InputError: The split has no pictures.
        """
        if split not in self.samples:
            raise InputError(str(self.manifest.file), f"pictures in split {split}", "none")
        augmentation = self.settings.data
        if flip is not None:
            augmentation = augmentation.model_copy(update={"flip": flip})
        rest = (self.samples[split], self.settings.generator.size, batch_size, seed, augmentation)
        if isinstance(self.pictures, ImageCache):
            return TrainingSet(self.pictures.images, *rest)
        return ShardStream(self.manifest.root, self.pictures.of(split), *rest)

    def captions(self, split: Split) -> list[list[str]]:
        """Return the captions of each entry of a split, one at least (it may be empty)."""
        return [captions_of(entry.record) or [""] for entry in self.manifest.split(split).entries]

    def held_out(self) -> Split:
        """Return the split that training chooses by: validation, or where it is empty train; never test."""
        return "validation" if "validation" in self.samples else "train"


def prepare(
    root: Path,
    settings: Settings,
    folder: Path,
    tokenizer: Tokenizer | None = None,
    accept: Callable[[str], None] | None = None,
) -> PreparedData:
    """Read the data set in `root` and make of it what is not there yet.

    Args:
        root: The data set folder.
        settings: Of the run.
        folder: For attributes.json and tokenizer.json.
        tokenizer: To use instead of an own one, such as that of a model that training begins from.
        accept: Given the fingerprint of the content before anything is made of it; may raise to refuse it.

    Raises:
        InputError: A record or picture cannot be used, or there is nothing to train on.
    """
    manifest = read_manifest(root)
    train = manifest.split("train")
    if not len(train):
        raise InputError(str(manifest.file), "records in split train", "none")
    pictures = _pictures(manifest, settings)
    if accept is not None:
        accept(content_fingerprint(manifest, pictures))
    bank, own = _bank_and_tokenizer(train, settings, folder)
    tokenizer = tokenizer or own
    samples = {
        split: _samples(part, pictures, bank, tokenizer, settings.text.max_tokens)
        for split in SPLITS
        if len(part := manifest.split(split))
    }
    return PreparedData(manifest, pictures, bank, tokenizer, samples, settings)


def content_fingerprint(manifest: Manifest, pictures: Pictures) -> str:
    """Return the SHA-256 over the records and the content of their pictures."""
    digest = hashlib.sha256(manifest.fingerprint().encode())
    for content in pictures.contents_of(manifest):
        digest.update(content.encode())
    return digest.hexdigest()


def _pictures(manifest: Manifest, settings: Settings) -> Pictures:
    if has_shards(manifest.root):
        return read_shard_index(manifest)
    return ImageCache.build(manifest, settings.generator.size, settings.data)


def _bank_and_tokenizer(train: Manifest, settings: Settings, folder: Path) -> tuple[AttributeBank, Tokenizer]:
    """Return both from `folder` where they were made of the same, else anew."""
    inputs = {
        "format": FORMAT,
        "records": train.fingerprint(),
        ATTRIBUTES: _hash_of(train.root / ATTRIBUTES),
        "bank": settings.bank.model_dump(mode="json"),
        "vocabulary": settings.text.vocabulary,
    }
    bank_file, tokenizer_file, made = (folder / name for name in (ATTRIBUTES, TOKENIZER, MADE))
    if read_json(made) == inputs | {"made": [_hash_of(bank_file), _hash_of(tokenizer_file)]}:
        return AttributeBank.read(bank_file), read_tokenizer(tokenizer_file)
    bank = build_bank(train, settings.bank)
    captions = [caption for entry in train.entries for caption in captions_of(entry.record)]
    phrases = [
        phrase for a in bank.attributes for phrase in (a.name, *chain.from_iterable(a.phrases.values()))
    ]
    tokenizer = train_tokenizer([*captions, *phrases], settings.text.vocabulary)
    bank.write(bank_file)
    write_text(tokenizer_file, tokenizer.to_str())
    write_json(made, inputs | {"made": [_hash_of(bank_file), _hash_of(tokenizer_file)]})
    return bank, tokenizer


def _samples(
    manifest: Manifest,
    pictures: Pictures,
    bank: AttributeBank,
    tokenizer: Tokenizer,
    max_tokens: int,
) -> Samples:
    captions = [captions_of(entry.record) or [""] for entry in manifest.entries]
    flat = [caption for several in captions for caption in several]
    tokens, lengths = encode_captions(tokenizer, flat, max_tokens)
    attributes, known = encode_records(manifest, bank)
    ends: npt.NDArray[np.int64] = np.cumsum([0, *map(len, captions)])
    return Samples(pictures.rows_of(manifest), tokens, lengths, ends, attributes, known)


def _hash_of(file: Path) -> str | None:
    return sha256(file) if file.is_file() else None
