"""What snapshots show and measure, from the held-out pictures of the data set."""

from __future__ import annotations

import torch

from admagan.data.augment import permutation
from admagan.data.cache import ImageCache, cache_root
from admagan.data.prepare import PreparedData
from admagan.metrics.evaluator_training import evaluator_for
from admagan.metrics.pictures import LabelledPictures, quantised
from admagan.metrics.quick import QuickQuality
from admagan.networks.text_encoder import TextEncoder
from admagan.progress import console
from admagan.training.feed import encode
from admagan.training.sentences import sentence_embeddings
from admagan.training.snapshots import PROMPTS, Prompts, Quality

EVALUATORS = "evaluators"
"""Folder below the data set's caches: all runs on it share them."""


def held_out_prompts(data: PreparedData, encoder: TextEncoder, seed: int) -> Prompts:
    """Return the samples that the grids show: of the test split where there is one, the same for a seed."""
    split = "test" if "test" in data.samples else data.held_out()
    samples = data.training_set(split, PROMPTS)
    chosen = permutation(seed, 0, len(samples))[:PROMPTS]
    batch = samples.plain(chosen)
    captions = data.captions(split)
    return Prompts(
        captions=[captions[index][0] for index in chosen],
        sentence=encode(encoder, batch.tokens, batch.lengths),
        labels=batch.attributes.to(encoder.embedding.weight.device),
        real=quantised(batch.images),
    )


def quality_of(data: PreparedData, encoder: TextEncoder) -> Quality | None:
    """Return what measures snapshots by the captions and attributes of the validation split; None where not wanted.

    The first run on a data set trains the evaluator, which takes minutes; it is kept beside the cache of the pictures.
    """
    settings = data.settings
    if not settings.train.quality_samples:
        return None
    if not len(data.bank):
        console.print("snapshots are not measured: the data set has no attributes", highlight=False)
        return None
    if not isinstance(data.pictures, ImageCache):
        console.print("snapshots are not measured: the pictures are in shards", highlight=False)
        return None
    train = LabelledPictures.of(data.pictures.images, data.samples["train"], settings.generator.size)
    evaluator = evaluator_for(
        train, data.bank.groups, cache_root(data.manifest.root) / EVALUATORS, settings.evaluator
    )
    held_out = data.samples[data.held_out()]
    first = held_out.captions[:-1]
    tokens, lengths = (torch.from_numpy(array[first]).long() for array in (held_out.tokens, held_out.lengths))
    return QuickQuality(
        evaluator,
        train,
        sentence_embeddings(encoder, tokens, lengths),
        torch.from_numpy(held_out.attributes),
        torch.from_numpy(held_out.known),
        settings.generator.noise_dim,
        settings.train.quality_samples,
        settings.train.seed,
    )
