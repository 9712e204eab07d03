"""The second text stage of a run: a classifier that reads attributes from sentence embeddings.

A caption leaves out much of what its picture shows, and the tagger learns from all that is known of the picture.
So what it gives is P(attribute | caption): near 1 for what the words say, and for what they leave open the share of
such pictures that have it (a shirt: for men, more often than not). The losses are not weighted against the frequency
of attributes, so that the probabilities are calibrated; which of them count as meant is for the thresholds to say.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim import AdamW
from torch.optim.lr_scheduler import CosineAnnealingLR

from admagan.data.dataset import Samples
from admagan.data.prepare import PreparedData
from admagan.networks.tagger import Tagger
from admagan.networks.text_encoder import TextEncoder
from admagan.progress import console, track
from admagan.schema.text import TaggerSettings
from admagan.training.distributed import CPU
from admagan.training.rewording import Rewording, rewording
from admagan.training.sentences import sentence_embeddings
from admagan.training.stage import Result, Stage, weights_hash
from admagan.training.tagging import attribute_table, honest_scores, written
from admagan.training.thresholds import tune_thresholds

CHECKS = 20
"""How often training looks at the held-out captions, to keep the weights that did best on them."""


def train_tagger(
    data: PreparedData, encoder: TextEncoder, folder: Path, device: torch.device = CPU
) -> tuple[Tagger, tuple[float, ...]]:
    """Return the tagger of a data set, frozen, on the CPU, and a threshold for each attribute; trained where needed.

    Both are kept in `folder` with a report (precision, recall and F1 on the validation split), and used again as long
    as data, encoder and settings stay the same. For one process.

    Args:
        data: Captions and attributes, of which what is known counts.
        encoder: The trained text encoder.
        folder: Holds weights.safetensors and report.json.
        device: Where to compute.
    """
    stage = tagger_stage(data, encoder, folder)
    result = stage.result()
    if result is None:
        stage.announce("the tagger")
        result = _train(data, encoder, device)
        stage.store(result)
    scores, prompts = result.report["scores"], result.report["prompts"]
    console.print(
        f"tagger: F1 {scores['f1']:.0%} over all attributes, {scores['macro_f1']:.0%} as the mean of each; "
        f"finds {prompts['recall']:.0%} of what bare phrases say",
        highlight=False,
    )
    with torch.device("meta"):  # no random numbers for weights that are replaced at once
        tagger = Tagger(encoder.config.sentence_dim, len(data.bank), data.settings.tagger.hidden)
    tagger.load_state_dict(result.weights, assign=True)
    return tagger.eval().requires_grad_(False), tuple(result.report["thresholds"])


def tagger_stage(data: PreparedData, encoder: TextEncoder, folder: Path) -> Stage:
    """Return the place of the stage's result and what it depends on."""
    inputs = {
        "data": data.fingerprint,
        "text encoder": weights_hash(encoder),
        "tagger": data.settings.tagger.model_dump(),
        "rewording": [data.settings.text_training.reworded, data.settings.text_training.filler],
        "seed": data.settings.train.seed,
    }
    return Stage(folder, inputs)


def _train(data: PreparedData, encoder: TextEncoder, device: torch.device) -> Result:
    started = time.monotonic()
    split = data.held_out()
    settings = data.settings.tagger
    captions = len(data.samples["train"].tokens)
    rewordings = settings.rewordings if data.settings.text_training.reworded else 0  # else all would be alike
    forms = 1 + min(rewordings, settings.captions // captions)
    train = examples_of(data.samples["train"], encoder, rewording(data), forms).to(device)
    held_out = examples_of(data.samples[split], encoder).to(device)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(data.settings.train.seed)
        tagger = fit_tagger(train, held_out, settings)
    with torch.no_grad():
        probabilities = tagger(held_out.sentences).sigmoid().cpu().numpy()
    labels, known = held_out.attributes.cpu().numpy(), held_out.known.cpu().numpy()
    thresholds = tune_thresholds(probabilities, labels, known)
    report = {
        "seconds": round(time.monotonic() - started, 1),
        "split": split,
        "captions": len(labels),
        "scores": honest_scores(probabilities, labels, known),
        "prompts": {"recall": stated_recall(data, encoder, tagger.cpu(), thresholds)},
        "thresholds": thresholds.tolist(),
        "attributes": attribute_table(data.bank.names, probabilities, labels, known, thresholds),
    }
    return Result({name: tensor.cpu() for name, tensor in tagger.state_dict().items()}, report)


@dataclass(frozen=True)
class Examples:
    """Captions and what is known of their pictures; M captions, n attributes."""

    sentences: Tensor
    """float32 (M, d)."""
    attributes: Tensor
    """float32 (M, n) in {0, 1}."""
    known: Tensor
    """bool (M, n)."""

    def to(self, device: torch.device) -> Examples:
        """Return them on `device`."""
        return Examples(self.sentences.to(device), self.attributes.to(device), self.known.to(device))

    def loss(self, tagger: Tagger, rows: Tensor | slice = slice(None)) -> Tensor:
        """Return the mean cross-entropy over what is known of these rows; 0 where nothing is."""
        losses = F.binary_cross_entropy_with_logits(
            tagger(self.sentences[rows]), self.attributes[rows], self.known[rows].float(), reduction="sum"
        )
        return losses / self.known[rows].sum().clamp(min=1)


def stated_recall(
    data: PreparedData, encoder: TextEncoder, tagger: Tagger, thresholds: npt.NDArray[np.float64]
) -> float:
    """Return the share of what prompts of bare phrases say ("shirt blue men") that the tagger finds in them.

    A prompt for each held-out caption, of some of its picture's attributes in any order.
    """
    samples = data.samples[data.held_out()]
    owner = np.repeat(np.arange(len(samples)), np.diff(samples.captions))
    tokens, lengths = (torch.from_numpy(x.astype(np.int64)) for x in (samples.tokens, samples.lengths))
    present = torch.from_numpy((samples.attributes[owner] > 0) & samples.known[owner])
    prompts = Rewording(data.tokenizer, data.bank, share=1, filler=0, seed=0)(
        tokens, lengths, present, step=0
    )
    found = (
        tagger(sentence_embeddings(encoder, prompts.tokens, prompts.lengths)).sigmoid().numpy() >= thresholds
    )
    return written(found[prompts.stated.numpy()].mean()) if prompts.stated.any() else 0.0


def examples_of(
    samples: Samples, encoder: TextEncoder, reword: Rewording | None = None, forms: int = 1
) -> Examples:
    """Return every caption of a split with the attributes of its picture.

    Args:
        samples: The split, of M captions.
        encoder: The frozen text encoder.
        reword: Makes other forms of the captions.
        forms: Of each caption: itself, and `forms` - 1 others. There are M * forms examples.
    """
    owner = np.repeat(np.arange(len(samples)), np.diff(samples.captions))
    attributes, known = torch.from_numpy(samples.attributes[owner]), torch.from_numpy(samples.known[owner])
    tokens, lengths = (torch.from_numpy(x.astype(np.int64)) for x in (samples.tokens, samples.lengths))
    sentences = [sentence_embeddings(encoder, tokens, lengths)]
    for form in range(1, forms):
        assert reword is not None, "other forms are made by someone"
        made = reword(tokens, lengths, (attributes > 0) & known, form)
        sentences.append(sentence_embeddings(encoder, made.tokens, made.lengths))
    return Examples(torch.cat(sentences), attributes.repeat(forms, 1), known.repeat(forms, 1))


def fit_tagger(train: Examples, held_out: Examples, settings: TaggerSettings) -> Tagger:
    """Return a tagger trained on `train`, with the weights that had the lowest loss on `held_out`, if it tells."""
    count, attributes = train.attributes.shape
    device = train.sentences.device
    tagger = Tagger(train.sentences.shape[1], attributes, settings.hidden).to(device)
    mean, deviation = train.sentences.mean(0), train.sentences.std(0, correction=0) + 1e-3
    scaled, checked = (
        Examples((part.sentences - mean) / deviation, part.attributes, part.known)
        for part in (train, held_out)
    )
    _start_from_frequencies(tagger, train)
    steps = max(1, settings.captions // settings.batch_size) if attributes else 0
    optimiser = AdamW(
        tagger.parameters(), settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    schedule = CosineAnnealingLR(optimiser, steps)
    lowest, best = float("inf"), tagger.state_dict()
    for step in track(range(1, steps + 1), "Training the tagger"):
        loss = scaled.loss(tagger, torch.randint(count, (settings.batch_size,), device=device))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % max(1, steps // CHECKS) == 0 or step == steps:
            with torch.no_grad():
                found = float(checked.loss(tagger))
            if found <= lowest:  # equal: nothing is known of `held_out`, and the last are as good
                lowest, best = found, copy.deepcopy(tagger.state_dict())
    tagger.load_state_dict(best)
    _take_in_scaling(tagger, mean, deviation)
    return tagger.eval().requires_grad_(False)


@torch.no_grad()
def _start_from_frequencies(tagger: Tagger, train: Examples) -> None:
    """Let every attribute begin with its log-odds: rare ones need not be unlearned first."""
    positive = (train.attributes * train.known).sum(0)
    negative = train.known.sum(0) - positive
    last: Tensor = tagger.layers[-1].bias  # type: ignore[assignment]
    last.copy_(torch.log((positive + 0.5) / (negative + 0.5)))


@torch.no_grad()
def _take_in_scaling(tagger: Tagger, mean: Tensor, deviation: Tensor) -> None:
    """Fold the scaling of sentences, which makes training many times faster, into the first layer."""
    first = tagger.layers[0]
    assert isinstance(first, torch.nn.Linear)
    first.weight.div_(deviation)
    first.bias.sub_(first.weight @ mean)
