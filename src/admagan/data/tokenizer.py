"""A byte-level tokenizer trained on a set's captions: any language, no unknown word."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from admagan.errors import InputError
from admagan.runtime.tokenizer import PAD_ID, encode_captions, read_tokenizer, well_formed
from admagan.schema.model import SMALLEST_VOCABULARY

__all__ = ["PAD_ID", "encode_captions", "read_tokenizer", "train_tokenizer"]

_PAD = "<pad>"


def train_tokenizer(captions: Iterable[str], vocabulary: int) -> Tokenizer:
    """Return a byte-level BPE tokenizer of at most `vocabulary` tokens, id 0 being padding.

    Case and width are folded ("Ｂlue" is "blue"), as in the attribute bank. The same captions in the same order
    give the same tokenizer. Store it with `tokenizer.save(path)`.

    Raises:
        InputError: `vocabulary` is too small to hold every byte.
    """
    if vocabulary < SMALLEST_VOCABULARY:
        raise InputError("text.vocabulary", f"at least {SMALLEST_VOCABULARY}", vocabulary)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[_PAD],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(map(well_formed, captions), trainer)
    return _without_special_tokens(tokenizer)


def _without_special_tokens(tokenizer: Tokenizer) -> Tokenizer:
    """Keep padding's place in the vocabulary, but let no caption that says "<pad>" produce it."""
    stored = json.loads(tokenizer.to_str())
    stored["added_tokens"] = []
    return Tokenizer.from_str(json.dumps(stored))
