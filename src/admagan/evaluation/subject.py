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
from admagan.runtime.prompt import Reading
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

    @cached_property
    def other_texts(self) -> list[Indices]:
        """For each sample the places in `texts` of the other captions of its picture."""
        pairs = list(zip(self.rows.tolist(), self.text.tolist(), strict=True))
        of_row: dict[int, set[int]] = {}
        for row, text in pairs:
            of_row.setdefault(row, set()).add(text)
        return [np.array(sorted(of_row[row] - {text}), np.int64) for row, text in pairs]


def plan_samples(captions: Sequence[Sequence[str]], samples: int, seed: int) -> Plan:
    """Choose captions for `samples` pictures, as `CAPTION_CHOICE` says.

    Raises:
        InputError: No picture has a caption.
    """
    captioned = [row for row, several in enumerate(captions) if several]
    if not captioned:
        raise InputError("the split to evaluate on", "a picture with a caption", "none")
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
    def readings(self) -> tuple[Reading | None, ...]:
        """What was read in each of the M captions; None where nothing was understood: a user would be told so."""
        return tuple(self._read(text) for text in track(self.plan.texts, "reading captions"))

    def _read(self, text: str) -> Reading | None:
        try:
            return self.model.read(text)
        except InputError:
            return None

    @property
    def unread(self) -> int:
        """How many captions nothing was understood of."""
        return sum(reading is None for reading in self.readings)

    def read_strengths(self) -> Floats:
        """Return the attributes that were read in each sample's caption, (N,n) in [0,1]."""
        nothing = np.zeros(len(self.model.folder.bank), np.float32)
        of_texts = np.stack([nothing if read is None else read.strengths for read in self.readings])
        return of_texts[self.plan.text]

    def pictures(self, kind: Kind) -> Iterator[Pixels]:
        """Yield the N samples in order: uint8 (b,S,S,3)."""
        samples = np.arange(len(self.plan))
        return self._made(kind, samples, samples)

    def variants(self, kind: Kind, samples: Indices, each: int) -> Iterator[Pixels]:
        """Yield `each` more pictures of each of these samples' captions, one caption after another.

        From annotated attributes they differ in noise; from read ones also in what the caption leaves open.
        """
        repeated = np.repeat(samples, each)
        noise = len(self.plan) + np.arange(len(repeated))  # numbers that no sample has
        return self._made(kind, repeated, noise)

    def chosen(self, kind: Kind, samples: Indices) -> Pixels:
        """Make some samples again, exactly: each within the batch that it was made in. uint8 (k,S,S,3)."""
        made: dict[int, Pixels] = {}
        for batch in np.unique(samples // BATCH).tolist():
            rows = np.arange(batch * BATCH, min((batch + 1) * BATCH, len(self.plan)))
            pixels = next(self._made(kind, rows, rows))
            made.update(zip(rows.tolist(), pixels, strict=True))
        return np.stack([made[sample] for sample in samples.tolist()])

    def _made(self, kind: Kind, samples: Indices, numbers: Indices) -> Iterator[Pixels]:
        """Yield a picture for each of `samples`, from the noise of the number beside it."""
        for start in range(0, len(samples), BATCH):
            part = slice(start, start + BATCH)
            z = np.stack(
                [self.model.noise(self.seed, int(number), self.truncation) for number in numbers[part]]
            )
            sentences = self.sentences[self.plan.text[samples[part]]]
            labels = self.labels(kind, samples[part], numbers[part])
            yield quantised(torch.from_numpy(self.model.networks.images(z, sentences, labels)))

    def labels(self, kind: Kind, samples: Indices, numbers: Indices) -> Floats:
        """Return the attributes that pictures are made from, (b,n) in [0,1].

        Those that are read are what users get: with others where the caption leaves them open.
        """
        if kind == "annotated":
            return self.annotated[self.plan.rows[samples]]
        labels = np.zeros((len(samples), len(self.model.folder.bank)), np.float32)
        for row, (text, number) in enumerate(zip(self.plan.text[samples], numbers, strict=True)):
            reading = self.readings[text]
            if reading is not None:
                labels[row] = self.model.imagine(reading, self.seed, [int(number)])[0].strengths
        return labels
