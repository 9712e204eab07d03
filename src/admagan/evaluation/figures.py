"""From features to figures: each with its interval, what guessing reaches, and what it was measured on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from admagan.evaluation.judges import EYES, Judges
from admagan.evaluation.subject import Plan
from admagan.metrics.classification import average_precision, label_scores, prevalence, top1_in_group
from admagan.metrics.distances import frechet_distance, gaussian, inception_score, kernel_distances
from admagan.metrics.evaluator import EVALUATOR
from admagan.metrics.intervals import Estimate, bootstrap_mean, half_sample_interval, half_samples
from admagan.metrics.neighbours import Manifold, manifold, mean_distance, nearest
from admagan.metrics.pictures import Extracted
from admagan.metrics.retrieval import r_precision
from admagan.schema.report import EvaluationProtocol, Figure, Pictures

Better = Literal["lower", "higher", "neither"]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]

COPY_QUANTILE = 0.01
SAME = 1e-3
"""Of the mean distance of two real pictures: nearer than that, a picture is the same one."""
FEWEST_SAID = 5
"""Captions that name an attribute, and others that rule it out, below which it is not counted."""
MEAN_PAIRS = 2_000
"""Real pictures between which the mean distance is taken."""


@dataclass(frozen=True)
class Asked:
    """What the N samples were meant to show; the same for every kind of pictures."""

    plan: Plan
    labels: Mask
    """(N,n): annotated attributes."""
    known: Mask
    """(N,n)."""
    settled: Mask
    """(N,n): of which attributes the caption says what is annotated."""
    groups: dict[str, tuple[int, ...]]
    """Groups of two attributes and more of which one is to be chosen."""
    texts: Floats | None
    """(M,d): the matcher's embedding of each caption; None without a matcher."""


class Figures:
    """Collects figures under one protocol."""

    def __init__(self, judges: Judges, asked: Asked, protocol: EvaluationProtocol) -> None:
        self.judges = judges
        self.asked = asked
        self.protocol = protocol
        self.collected: list[Figure] = []
        self._fingerprint = protocol.fingerprint()

    def sets(self, pictures: Pictures, made: dict[str, Extracted], units: Indices) -> None:
        """Add the figures that compare a set of pictures with the real one: FID, KID, IS, and neighbourhoods.

        Args:
            pictures: Whose.
            made: Network -> features of the pictures.
            units: (N,) which of them belong together, as those of one caption do.
        """
        for network in self.judges.networks:
            # Without attributes the evaluator has learned nothing that it could see by.
            if network.name not in made or (network.name == EVALUATOR and not self.asked.labels.shape[1]):
                continue
            real, fake = self.judges.real[network.name], made[network.name]
            self._distances(pictures, network.name, real.features, fake.features, units)
            self._neighbourhoods(pictures, network.name, real.features, fake.features, units)
            if network.classes:
                self._inception_score(pictures, network.name, fake.logits, units)

    def _distances(
        self, pictures: Pictures, network: str, real: Floats, fake: Floats, units: Indices
    ) -> None:
        everything = (np.arange(len(real)), np.arange(len(fake)))
        subsets = [everything, *self._halves(len(real), units)]
        frechet = [frechet_distance(gaussian(real[a]), gaussian(fake[b])) for a, b in subsets]
        kernel = kernel_distances(real, fake, subsets).tolist()
        for name, (whole, *parts), lowest in (("FID", frechet, 0.0), ("KID", kernel, -math.inf)):
            estimate = half_sample_interval(whole, parts).clipped(lowest)
            self._add(name, estimate, "lower", pictures, network, real=len(real), made=len(fake))

    def _neighbourhoods(
        self, pictures: Pictures, network: str, real: Floats, fake: Floats, units: Indices
    ) -> None:
        count, k = self.protocol.neighbour_pictures, self.protocol.neighbours
        real = real[self._some(len(real), count)]
        chosen = self._some(len(fake), count)
        fake, units = fake[chosen], units[chosen]
        whole = manifold(real, fake, k)
        halves = [(real[a], fake[b]) for a, b in self._halves(len(real), units)]
        # Of few pictures, a half may be too small to have neighbours.
        parts = [manifold(*half, k) for half in halves if min(map(len, half)) > k]
        for name in ("precision", "recall", "density", "coverage"):

            def value(of: Manifold, name: str = name) -> float:
                return float(getattr(of, name))

            estimate = half_sample_interval(value(whole), [value(part) for part in parts])
            highest = math.inf if name == "density" else 1.0
            self._add(name, estimate.clipped(0.0, highest), "higher", pictures, network, len(real), len(fake))

    def _inception_score(self, pictures: Pictures, network: str, logits: Floats, units: Indices) -> None:
        exponential = np.exp(logits - logits.max(1, keepdims=True))
        probabilities = exponential / exponential.sum(1, keepdims=True)

        def score(rows: Indices) -> float:
            return inception_score(probabilities[rows], min(self.protocol.inception_splits, len(rows)))

        parts = [score(rows) for rows in half_samples(units, self.protocol.halves, self.protocol.seed)]
        estimate = half_sample_interval(score(np.arange(len(logits))), parts).clipped(1.0)
        self._add("IS", estimate, "higher", pictures, network, real=0, made=len(logits))

    def attributes(self, pictures: Pictures, logits: Floats) -> NDArray[np.float64]:
        """Add attribute mAP, the same of what captions settle, and top-1; return each average precision (n,).

        Args:
            pictures: Whose.
            logits: (N,n) of the evaluator, of pictures made (or taken) as the plan says.
        """
        asked = self.asked
        if not logits.shape[1]:
            return np.zeros(0)
        scores = self.judges.evaluator.probabilities(logits)
        precision = self._precision("attribute mAP", scores, asked.known, pictures)
        said = asked.known & asked.settled
        self._precision("attribute mAP, said", scores, said & _often(asked, said), pictures)
        hits = {
            group: top1_in_group(scores, asked.labels, asked.known, indices)
            for group, indices in asked.groups.items()
        }
        for group, hit in hits.items():
            of_group = asked.labels[~np.isnan(hit)][:, list(asked.groups[group])]
            most = float(of_group.mean(0).max()) if len(of_group) else None
            self._mean_of(f"top-1 {group}", hit, pictures, EVALUATOR, most)
        if hits:
            self._mean_of("top-1", _row_means(np.stack(list(hits.values()))), pictures, EVALUATOR)
        return precision

    def _precision(self, name: str, scores: Floats, known: Mask, pictures: Pictures) -> NDArray[np.float64]:
        """Add the mean average precision over what is known (N,n); return each attribute's (n,)."""
        labels, rows = self.asked.labels, self.asked.plan.rows
        precision = average_precision(scores, labels, known)
        if not np.isnan(precision).all():
            parts = [
                _mean(average_precision(scores[half], labels[half], known[half]))
                for half in half_samples(rows, self.protocol.halves, self.protocol.seed)
            ]
            estimate = half_sample_interval(_mean(precision), parts).clipped(0.0, 1.0)
            chance = _mean(prevalence(labels, known)[~np.isnan(precision)])
            self._labelled(name, estimate, pictures, EVALUATOR, chance)
        return precision

    def matches(self, pictures: Pictures, features: Floats) -> None:
        """Add R-precision of pictures made (or taken) as the plan says, by their `matched_features` (N,f)."""
        matcher, candidates = self.judges.matcher, self.protocol.candidates
        if matcher is None or self.asked.texts is None or not candidates:
            return
        plan = self.asked.plan
        hits = r_precision(
            matcher.pictures(features), self.asked.texts, plan.text, candidates, plan.other_texts
        )
        self._mean_of("R-precision", hits, pictures, "matcher", 1 / candidates)

    def diversity(self, pictures: Pictures, features: Floats) -> None:
        """Add how far pictures of one caption are from each other, over how far real ones are: (prompts * each, f)."""
        prompts, each = self.protocol.diversity
        within = np.array([mean_distance(group) for group in np.split(features, prompts)])
        estimate = self._bootstrapped(within / self._usual_difference)
        real = min(MEAN_PAIRS, len(self.judges.real[EYES].features))
        self._add("diversity", estimate, "neither", pictures, EYES, real, prompts * each)

    def copies(self, pictures: Pictures, features: Floats) -> tuple[Indices, NDArray[np.float64]]:
        """Add the share of near copies of training pictures; return the 3 nearest of each: (Q,3) places, distances.

        A near copy is closer to a training picture than 99 % of the real pictures held out are, those left out that
        are in the training split as well: of a set with many of these, exact copies would be nothing unusual.
        """
        train = self.judges.train[EYES].features
        usual = self._usual_distances
        places, distances = nearest(features, train, 3)
        if not len(usual):
            return places, distances
        threshold = np.quantile(usual, COPY_QUANTILE)
        near = (distances[:, 0] < threshold).astype(np.float64)
        units = self.asked.plan.rows[: len(near)]
        estimate = self._bootstrapped(near, units)
        self._add("near copies", estimate, "lower", pictures, EYES, len(train), len(near), COPY_QUANTILE)
        relative = self._bootstrapped(distances[:, 0] / np.median(usual), units)
        self._add("distance to training", relative, "neither", pictures, EYES, len(train), len(near), 1.0)
        return places, distances

    @cached_property
    def _usual_distances(self) -> NDArray[np.float64]:
        """How far each real picture that is not in training is from the nearest one of training."""
        # Where training pictures are evaluated on, the nearest of each is itself.
        nth = 2 if self.protocol.split == "train" else 1
        distances: NDArray[np.float64] = nearest(
            self.judges.real[EYES].features, self.judges.train[EYES].features, nth
        )[1][:, -1]
        return distances[distances > SAME * self._usual_difference]

    @cached_property
    def _usual_difference(self) -> float:
        """The mean distance of two real pictures."""
        real = self.judges.real[EYES].features
        return float(mean_distance(real[self._some(len(real), MEAN_PAIRS)]))

    def reading(self, strengths: Floats) -> NDArray[np.float64]:
        """Add precision, recall and F1 of the attributes read in captions (N,n); return each one's (n,3)."""
        asked, decided = self.asked, strengths >= 0.5
        if not decided.shape[1]:
            return np.zeros((0, 3))
        whole = label_scores(decided, asked.labels, asked.known)
        parts = [
            label_scores(decided[half], asked.labels[half], asked.known[half])
            for half in half_samples(asked.plan.rows, self.protocol.halves, self.protocol.seed)
        ]
        for name, field in (
            ("tagger precision", "precision"),
            ("tagger recall", "recall"),
            ("tagger F1", "f1"),
            ("tagger F1, mean of attributes", "macro_f1"),
        ):
            values = [getattr(part, field) for part in parts]
            estimate = half_sample_interval(getattr(whole, field), values).clipped(0.0, 1.0)
            self._add(name, estimate, "higher", "read", None, real=len(np.unique(asked.plan.rows)), made=0)
        return whole.per_attribute

    def _mean_of(
        self,
        name: str,
        values: NDArray[np.float64],
        pictures: Pictures,
        network: str,
        chance: float | None = None,
    ) -> None:
        estimate = self._bootstrapped(values, self.asked.plan.rows)
        self._labelled(name, estimate, pictures, network, chance)

    def _bootstrapped(self, values: NDArray[np.float64], units: Indices | None = None) -> Estimate:
        return bootstrap_mean(values, units, self.protocol.replicates, self.protocol.seed)

    def _labelled(
        self, name: str, estimate: Estimate, pictures: Pictures, network: str, chance: float | None
    ) -> None:
        """Add a figure of single pictures; on real ones it is the ceiling for those made of the same captions."""
        rows = self.asked.plan.rows
        judged = len(np.unique(rows)) if pictures == "real" else len(rows)
        self._add(name, estimate, "higher", pictures, network, 0, judged, chance)

    def _halves(self, real: int, units: Indices) -> list[tuple[Indices, Indices]]:
        """Return random halves of the real pictures with random halves of the others."""
        count, seed = self.protocol.halves, self.protocol.seed
        of_real, of_others = half_samples(np.arange(real), count, seed), half_samples(units, count, seed + 1)
        return list(zip(of_real, of_others, strict=True)) if of_real and of_others else []

    def _some(self, total: int, count: int) -> Indices:
        """Return `count` places of `total` at random, in order, or all: data sets are often sorted by class."""
        rng = np.random.default_rng(self.protocol.seed)
        return np.sort(rng.permutation(total)[:count])

    def _add(
        self,
        name: str,
        estimate: Estimate,
        better: Better,
        pictures: Pictures,
        network: str | None,
        real: int,
        made: int,
        chance: float | None = None,
    ) -> None:
        """Add a figure of `made` pictures that were held against `real` ones."""
        self.collected.append(
            Figure(
                name=name,
                network=network,
                pictures=pictures,
                value=number(estimate.value),
                low=number(estimate.low),
                high=number(estimate.high),
                better=better,
                chance=chance,
                real=real + made if pictures == "real" else real,
                generated=0 if pictures == "real" else made,
                protocol=self._fingerprint,
            )
        )


def number(value: float) -> float | None:
    """Return a value as JSON has it: None instead of NaN, and of what was divided by nothing."""
    return float(value) if math.isfinite(value) else None


def _often(asked: Asked, said: Mask) -> Mask:
    """Return (n,): which attributes at least `FEWEST_SAID` captions name, and rule out, so that one does not decide."""
    text = asked.plan.text
    often = np.ones(said.shape[1], np.bool_)
    for kind in (asked.labels & said, ~asked.labels & said):
        of_text = np.zeros((text.max(initial=0) + 1, said.shape[1]), np.bool_)
        np.logical_or.at(of_text, text, kind)
        often &= of_text.sum(0) >= FEWEST_SAID
    return often


def _mean(values: NDArray[np.float64]) -> float:
    return float(np.nanmean(values)) if not np.isnan(values).all() else math.nan


def _row_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the first axis of what is not NaN, and NaN where nothing is."""
    counted = (~np.isnan(values)).sum(0)
    total: NDArray[np.float64] = np.nansum(values, axis=0)
    return np.where(counted > 0, total / np.maximum(counted, 1), np.nan)
