"""Figures quick enough to be taken while a model trains, by the data set's own evaluator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from admagan.metrics.classification import average_precision
from admagan.metrics.distances import frechet_distance, gaussian
from admagan.metrics.evaluator import Evaluator
from admagan.metrics.pictures import LabelledPictures, Pixels, quantised
from admagan.networks.synthesiser import Synthesiser

BATCH = 50
REFERENCE = 5_000


class QuickQuality:
    """Measures a synthesiser on fixed prompts and noises: the same weights give the same figures.

    The figures compare snapshots of one run. They are no substitute for `admagan evaluate`: the reference is
    the training split, the features are the evaluator's, and the pictures are few.

    Args:
        evaluator: Of the data set; `evaluator_for` makes it or finds it.
        train: The training split; up to 5,000 pictures, evenly spread, are the reference of FID.
        sentence: e_s (P,d) of held-out captions, P >= 1.
        labels: y (P,n) in {0,1} of these.
        known: (P,n) bool.
        noise_dim: Z.
        samples: Pictures to make; prompts are taken in turn, again and again.
        seed: Of the noises.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        train: LabelledPictures,
        sentence: Tensor,
        labels: Tensor,
        known: Tensor,
        noise_dim: int,
        samples: int = 1_000,
        seed: int = 0,
    ) -> None:
        self.evaluator = evaluator
        chosen = np.linspace(0, len(train) - 1, min(len(train), REFERENCE)).astype(np.int64)
        real = evaluator.extract(train.batches(chosen), len(chosen), "real")
        self.reference = gaussian(real.features)
        turn = torch.arange(samples) % len(sentence)
        self.sentence, self.labels, self.known = sentence[turn], labels[turn], known[turn]
        self.noise = torch.randn(samples, noise_dim, generator=torch.Generator().manual_seed(seed))

    def __call__(self, synthesiser: Synthesiser) -> dict[str, float]:
        """Return {"FID": lower is better, "attribute mAP": in [0,1], higher is better}.

        FID is on the evaluator's features, on a scale of its own: not one to hold against papers. The mAP is of
        the attributes asked for, and left out where no attribute is both present and absent in the prompts.
        """
        made = self.evaluator.extract(self._made(synthesiser), len(self.noise), "generated")
        figures = {"FID": frechet_distance(self.reference, gaussian(made.features))}
        present, known = self.labels.cpu().numpy() > 0, self.known.cpu().numpy()
        precision = average_precision(self.evaluator.probabilities(made.logits), present, known)
        if not np.isnan(precision).all():
            figures["attribute mAP"] = float(np.nanmean(precision))
        return figures

    @torch.inference_mode()
    def _made(self, synthesiser: Synthesiser) -> Iterator[Pixels]:
        device = next(synthesiser.parameters()).device
        parts = (self.noise.split(BATCH), self.sentence.split(BATCH), self.labels.split(BATCH))
        for batch in zip(*parts, strict=True):
            noise, sentence, labels = (part.to(device) for part in batch)
            yield quantised(synthesiser(noise, sentence, labels)[0])
