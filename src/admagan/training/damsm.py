"""Text and image encoder learn to recognise each other's features (DAMSM: AttnGAN section 3.2; docs/method.md)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from admagan.data.dataset import Batch, BatchSource
from admagan.errors import InputError
from admagan.losses.alignment import damsm_sentence_loss, damsm_word_loss, same_rows
from admagan.losses.recognition import recognition_loss
from admagan.metrics.classification import average_precision
from admagan.networks.image_encoder import picture_encoder
from admagan.networks.text_encoder import TextEncoder
from admagan.progress import progress_bar
from admagan.schema.model import TextConfig
from admagan.schema.text import TextTrainingSettings
from admagan.training.precision import autocast
from admagan.training.recall import recall_at_1
from admagan.training.rewording import Rewording

WARM_UP = 0.05
LARGEST_GRADIENT = 1.0
REPORT_STEPS = 25
CANDIDATES = 100
EVALUATED = 2_000
"""The most pictures that scores are measured with: enough for a standard error of 1 %."""


class Damsm(nn.Module):
    """Both encoders and their loss.

    Args:
        config: Shape of the text encoder.
        settings: Shape of the picture encoder, and weights.
        attributes: n, entries of the attribute bank.
    """

    def __init__(self, config: TextConfig, settings: TextTrainingSettings, attributes: int) -> None:
        super().__init__()
        self.settings = settings
        self.text = TextEncoder(config)
        self.image = picture_encoder(config.sentence_dim, attributes, settings)

    def forward(self, batch: Batch, same: Tensor) -> dict[str, Tensor]:
        """Return the weighted loss terms "sentence", "words" and "attributes".

        Args:
            batch: Pictures, captions and attributes.
            same: (B, B) bool: [i, j] True where image i may match caption j, though it is another's.
        """
        s = self.settings
        images, tokens, lengths = inputs(batch, same.device)
        with autocast(images.device, s.precision):
            pictures = self.image(images)
        captions = self.text(tokens, lengths)
        terms = {"sentence": damsm_sentence_loss(pictures.image, captions.sentence, s.gamma, same)}
        if s.word_weight:
            terms["words"] = s.word_weight * damsm_word_loss(
                pictures.regions,
                captions.words,
                captions.mask,
                s.gamma_attention,
                s.gamma_word,
                s.gamma,
                same,
            )
        if pictures.attributes.shape[1]:
            labels, known = batch.attributes.to(images.device), batch.known.to(images.device)
            terms["attributes"] = s.attribute_weight * recognition_loss(pictures.attributes, labels, known)
        return terms


def fit_damsm(model: Damsm, data: BatchSource, reword: Rewording, device: torch.device) -> dict[str, float]:
    """Train `model` as its settings say, with captions as `reword` makes them; return the loss terms of the last step.

    Raises:
        InputError: The loss is not a finite number.
    """
    settings = model.settings
    steps = max(1, settings.images // data.batch_size)
    model.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    learns_text = model.text.embedding.weight.requires_grad
    model.text.train(learns_text)  # a frozen one without dropout, as it will be used
    network = "text encoder" if learns_text else "picture encoder"
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = AdamW(trained, settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
    schedule = LambdaLR(optimiser, lambda step: learning_rate_at(step, steps))
    last: dict[str, float] = {}
    with progress_bar("{task.fields[loss]}") as bar:
        task = bar.add_task(f"Training the {network}", total=steps, loss="")
        for step in range(steps):
            batch, matches = reword.batch(data.batch(step), step)
            terms = model(batch, matches.to(device))
            optimiser.zero_grad(set_to_none=True)
            torch.stack(list(terms.values())).sum().backward()
            nn.utils.clip_grad_norm_(trained, LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
            if step % REPORT_STEPS == 0 or step == steps - 1:
                last = finite(terms, f"{network}, step {step}")
                bar.update(task, loss=" ".join(f"{name} {value:.2f}" for name, value in last.items()))
            bar.advance(task)
    return last


def learning_rate_at(step: int, steps: int) -> float:
    """Return the learning rate of `step` over the highest: a short rise, then a half cosine to zero."""
    rise = max(1, round(WARM_UP * steps))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))


def inputs(batch: Batch, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return images, tokens and lengths of a batch, without the columns that are padding in all of it."""
    longest = int(batch.lengths.max())
    return batch.images.to(device), batch.tokens[:, :longest].to(device), batch.lengths


def finite(terms: dict[str, Tensor], where: str) -> dict[str, float]:
    """Return the loss terms as numbers."""
    values = {name: float(value.detach()) for name, value in terms.items()}
    if not all(math.isfinite(value) for value in values.values()):
        raise InputError(
            where,
            "a finite loss",
            " ".join(f"{name} {value}" for name, value in values.items()),
            "Lower --text-training.learning-rate.",
        )
    return values


@torch.no_grad()
def recognition_score(model: Damsm, data: BatchSource, device: torch.device) -> float | None:
    """Return the mean average precision of attributes in pictures; None where the picture encoder learned none."""
    model.eval()
    if model.image.to_attributes is None:
        return None
    logits, labels, known = [], [], []
    for batch in _plain_batches(data):
        pixels, _, _ = inputs(batch, device)
        logits.append(model.image(pixels).attributes.cpu().numpy())
        labels.append(batch.attributes.numpy() > 0)
        known.append(batch.known.numpy())
    each = average_precision(np.concatenate(logits), np.concatenate(labels), np.concatenate(known))
    return float(np.nanmean(each)) if np.isfinite(each).any() else None


@torch.no_grad()
def retrieval_scores(model: Damsm, data: BatchSource, device: torch.device) -> dict[str, float]:
    """Return how often a picture finds its caption, and a caption its picture, among 100 (or all, if fewer).

    By cosine of sentence and global image feature; a picture's first caption counts, and others with an identical
    caption are not among the candidates.
    """
    model.eval()
    images, sentences, tokens = [], [], []
    for batch in _plain_batches(data):
        pixels, ids, lengths = inputs(batch, device)
        images.append(F.normalize(model.image(pixels).image, dim=1))
        sentences.append(F.normalize(model.text(ids, lengths).sentence, dim=1))
        tokens.append(batch.tokens)
    scores = (torch.cat(images) @ torch.cat(sentences).T).cpu()
    same = same_rows(torch.cat(tokens))
    return {
        "images": len(scores),
        "candidates": min(CANDIDATES, len(scores)),
        "caption_recall_at_1": recall_at_1(scores, same, CANDIDATES),
        "image_recall_at_1": recall_at_1(scores.T, same, CANDIDATES),
    }


def _plain_batches(data: BatchSource) -> Iterator[Batch]:
    """Yield the first pictures of a split with their first captions."""
    count = min(len(data), EVALUATED)
    for start in range(0, count, data.batch_size):
        yield data.plain(np.arange(start, min(start + data.batch_size, count)))
