"""Captions made anew from attributes: so that prompts unlike the set's captions are understood too.

Captions of one data set are alike ("Acme Men Black Shirt"): an encoder that has seen nothing else takes "a shirt in
black" for something else. So a share of captions is replaced by phrases for some of the picture's attributes, in any
order and any language of the bank, with tokens of no meaning in between: they stand for all the words that people put
there and that captions lack.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch import Tensor

from admagan.bank import AttributeBank
from admagan.data.dataset import Batch
from admagan.data.prepare import PreparedData
from admagan.losses.alignment import same_rows
from admagan.runtime.tokenizer import PAD_ID, token_ids
from admagan.schema.records import Attribute

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Captions:
    """Token ids of captions that were made of others."""

    tokens: Tensor
    """int64 (B, T); 0 after a caption's end."""
    lengths: Tensor
    """int64 (B,), at least 1."""
    stated: Tensor
    """(B, n) bool: the attributes that a caption was made of; none where it comes from the old one."""


class Rewording:
    """Makes captions of captions.

    Args:
        tokenizer: Of the captions.
        bank: Its names and phrases, n attributes, become captions.
        share: Of captions that are made anew, where a picture has attributes.
        filler: Probability that a token of no meaning stands before a phrase, or at the end, or before another such.
        seed: The same seed and step give the same words.
    """

    def __init__(
        self, tokenizer: Tokenizer, bank: AttributeBank, share: float, filler: float, seed: int
    ) -> None:
        self.share, self.filler, self.seed = share, filler, seed
        self.phrases = [_phrases(tokenizer, attribute) for attribute in bank.attributes]
        self.sayable = np.array([bool(languages) for languages in self.phrases], np.bool_)
        meant = [ids for languages in self.phrases for phrases in languages for ids in phrases]
        vocabulary = np.arange(tokenizer.get_vocab_size(), dtype=np.int64)
        self.fillers: Ids = np.setdiff1d(vocabulary, np.concatenate([[PAD_ID], *meant]))

    def __call__(self, tokens: Tensor, lengths: Tensor, present: Tensor, step: int) -> Captions:
        """Reword captions (B, T) of these lengths (B,), of pictures that have the attributes `present` (B, n) bool."""
        random = np.random.default_rng((self.seed, step))
        stated = np.zeros(tuple(present.shape), np.bool_)
        new, new_lengths = np.full(tuple(tokens.shape), PAD_ID, np.int64), np.ones(len(tokens), np.int64)
        for row, (old, length, has) in enumerate(
            zip(tokens.numpy(), lengths.tolist(), present.numpy(), strict=True)
        ):
            ids, sayable = old[:length], np.flatnonzero(has & self.sayable)
            if len(sayable) and random.random() < self.share:
                ids, said = self._said(sayable, new.shape[1], random)
                stated[row, said] = True
            new[row, : len(ids)], new_lengths[row] = ids, len(ids)
        return Captions(torch.from_numpy(new), torch.from_numpy(new_lengths), torch.from_numpy(stated))

    def batch(self, batch: Batch, step: int) -> tuple[Batch, Tensor]:
        """Return the batch of `step` with other captions, and `matches` (B, B) of them."""
        captions = self(batch.tokens, batch.lengths, (batch.attributes > 0) & batch.known, step)
        new = replace(batch, tokens=captions.tokens, lengths=captions.lengths)
        return new, matches(batch, captions.stated)

    def _said(self, present: Ids, limit: int, random: np.random.Generator) -> tuple[Ids, list[int]]:
        """Return token ids, `limit` at most, of phrases for some of the attributes, and which attributes these are."""
        some = random.permutation(present)[: random.integers(1, len(present), endpoint=True)]
        parts: list[Ids] = []
        said: list[int] = []
        room = limit
        for index in some:
            language = self.phrases[index][random.integers(len(self.phrases[index]))]
            phrase, fillers = language[random.integers(len(language))], self._fillers(random)
            if said and len(phrase) > room:
                continue
            fillers = fillers[: max(0, room - len(phrase))]
            parts += [fillers, phrase]
            said.append(int(index))
            room -= len(fillers) + len(phrase)
        return np.concatenate([*parts, self._fillers(random)])[:limit], said

    def _fillers(self, random: np.random.Generator) -> Ids:
        count = random.geometric(1 - self.filler) - 1 if len(self.fillers) else 0
        return random.choice(self.fillers, count)


def rewording(data: PreparedData) -> Rewording:
    """Return what makes other captions of those of a data set, as its settings say."""
    settings = data.settings.text_training
    return Rewording(data.tokenizer, data.bank, settings.reworded, settings.filler, data.settings.train.seed)


def matches(batch: Batch, stated: Tensor) -> Tensor:
    """Return (B, B) bool: [i, j] True where picture i may match caption j as well as the caption's own picture does.

    It may where their original captions are identical, or, if caption j was made of attributes, where the picture
    is not known to lack any of those.

    Args:
        batch: Original captions, attributes and what is known of them.
        stated: (B, n) bool, as in `Captions`.
    """
    absent = (batch.attributes == 0) & batch.known
    contradictions = absent.float() @ stated.float().T
    return torch.where(stated.any(dim=1), contradictions == 0, same_rows(batch.tokens))


def _phrases(tokenizer: Tokenizer, attribute: Attribute) -> list[list[Ids]]:
    """Return the token ids of every phrase for an attribute, language by language, its name first; [] where no phrase
    has any."""
    languages = [[attribute.name], *(phrases for phrases in attribute.phrases.values() if phrases)]
    encoded = [[token_ids(tokenizer.encode(phrase)) for phrase in phrases] for phrases in languages]
    return [[np.array(ids, np.int64) for ids in phrases if ids] for phrases in encoded if any(phrases)]
