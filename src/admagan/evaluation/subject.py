"""The model under test: which pictures it is asked for, and the making of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from admagan.data.augment import permutation
from admagan.errors import InputError
from admagan.metrics.pictures import Pixels, quantised
from admagan.progress import track
from admagan.runtime.pipeline import AdmaGAN
from admagan.runtime.tokenizer import encode_captions

BATCH = 32
"""Pictures made at a time; the last digits depend on it, so it is fixed."""
TEXTS = 64

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Kind = Literal["annotated", "read"]
"""Where the attributes that a picture is made from come from."""
CAPTION_CHOICE = (
    "all pictures of the split with a caption in random order, again and again, each time their next caption"
)


@dataclass(frozen=True)
class Plan:
    """Which picture of the split each of N samples takes its caption and attributes from."""

    rows: Indices
    """(N,): place in the split."""
    texts: tuple[str, ...]
    """The different captions, M of them."""
    text: Indices
    """(N,): place in `texts`."""

    def __len__(self) -> int:
        return len(self.rows)


def plan_samples(captions: Sequence[Sequence[str]], samples: int, seed: int) -> Plan:
    """Choose captions for `samples` pictures, as `CAPTION_CHOICE` says.

    Raises:
        InputError: No picture has a caption.
    """
    captioned = [row for row, several in enumerate(captions) if several]
    if not captioned:
        raise InputError("data set", "captions in this split", "none")
    order = np.array(captioned, np.int64)[permutation(seed, 0, len(captioned))]
    rounds, places = np.divmod(np.arange(samples), len(order))
    rows = order[places]
    chosen = [captions[row][turn % len(captions[row])] for row, turn in zip(rows, rounds, strict=True)]
    number = {text: place for place, text in enumerate(dict.fromkeys(chosen))}
    return Plan(rows, tuple(number), np.array([number[text] for text in chosen], np.int64))


class Subject:
    """A model with a plan.

    Args:
        model: The model.
        plan: What is asked of it.
        annotated: (R,n) attributes of the split's pictures in {0,1}; unknown ones are 0.
        truncation: Factor on the noise.
        seed: Of the noise.
    """

    def __init__(self, model: AdmaGAN, plan: Plan, annotated: Floats, truncation: float, seed: int) -> None:
        self.model = model
        self.plan = plan
        self.annotated = annotated
        self.truncation = truncation
        self.seed = seed

    @cached_property
    def sentences(self) -> Floats:
        """(M,d): of each caption. Those of one length go together, as the encoder wants it."""
        folder = self.model.folder
        tokens, lengths = encode_captions(folder.tokenizer, self.plan.texts, folder.config.text.max_tokens)
        sentences = np.zeros((len(tokens), folder.config.generator.condition_dim), np.float32)
        for length in np.unique(lengths):
            of_length = np.flatnonzero(lengths == length)
            for rows in np.split(of_length, range(TEXTS, len(of_length), TEXTS)):
                sentences[rows] = self.model.networks.sentence(tokens[rows, :length])
        return sentences

    @cached_property
    def readings(self) -> tuple[Floats, NDArray[np.bool_]]:
        """(M,n) strengths read in each caption, and (M,) whether anything was understood; if not, all are 0."""
        strengths = np.zeros((len(self.plan.texts), len(self.model.folder.bank)), np.float32)
        understood = np.ones(len(strengths), np.bool_)
        for row, text in enumerate(track(self.plan.texts, "reading captions")):
            try:
                strengths[row] = self.model.read(text).strengths
            except InputError:  # nothing in it is known to the model: a user would be told so
                understood[row] = False
        return strengths, understood

    def labels(self, kind: Kind) -> Floats:
        """Return the attributes that each sample is made from, (N,n) in [0,1]."""
        if kind == "annotated":
            return self.annotated[self.plan.rows]
        return self.readings[0][self.plan.text]

    def pictures(self, kind: Kind) -> Iterator[Pixels]:
        """Yield the N samples in order: uint8 (b,S,S,3)."""
        count = len(self.plan)
        return self._made(np.arange(count), self.plan.text, self.labels(kind))

    def variants(self, kind: Kind, samples: Indices, each: int) -> Iterator[Pixels]:
        """Yield `each` more pictures of each of these samples' captions and attributes, one caption after another."""
        repeated = np.repeat(samples, each)
        noise = len(self.plan) + np.arange(len(repeated))  # numbers that no sample has
        return self._made(noise, self.plan.text[repeated], self.labels(kind)[repeated])

    def chosen(self, kind: Kind, samples: Indices) -> Pixels:
        """Make some samples again, exactly: each within the batch that it was made in. uint8 (k,S,S,3)."""
        labels = self.labels(kind)
        made: dict[int, Pixels] = {}
        for batch in np.unique(samples // BATCH).tolist():
            rows = np.arange(batch * BATCH, min((batch + 1) * BATCH, len(self.plan)))
            pixels = next(self._made(rows, self.plan.text[rows], labels[rows]))
            made.update(zip(rows.tolist(), pixels, strict=True))
        return np.stack([made[sample] for sample in samples.tolist()])

    def _made(self, noise: Indices, text: Indices, labels: Floats) -> Iterator[Pixels]:
        for start in range(0, len(noise), BATCH):
            part = slice(start, start + BATCH)
            z = np.stack(
                [self.model.noise(self.seed, int(number), self.truncation) for number in noise[part]]
            )
            images = self.model.networks.images(z, self.sentences[text[part]], labels[part])
            yield quantised(torch.from_numpy(images))
