"""Who judges: feature networks, the evaluator of attributes and the matcher of captions, all from real pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from admagan.bank import AttributeBank
from admagan.evaluation.real import RealData
from admagan.metrics.evaluator import EVALUATOR, Evaluator
from admagan.metrics.evaluator_training import evaluator_for
from admagan.metrics.features import load_network
from admagan.metrics.kept import real_features
from admagan.metrics.matcher import Floats, Matcher, matcher_for
from admagan.metrics.pictures import Extracted, FeatureNetwork
from admagan.networks.efficientnet import LITE0
from admagan.schema.evaluation import JudgeSettings, MatcherSettings
from admagan.schema.report import NetworkUsed

EYES = LITE0
"""The network that sees for diversity and search for copies, and, with the evaluator, for the matcher; always there."""


@dataclass(frozen=True)
class Judges:
    """Networks, and what they say of real pictures."""

    networks: tuple[FeatureNetwork, ...]
    """The first is `EYES`, the last the evaluator."""
    evaluator: Evaluator
    matcher: Matcher | None
    """None where the training split has no captions."""
    real: dict[str, Extracted]
    """Network -> features of the split that is evaluated on."""
    train: dict[str, Extracted]
    """Pretrained network -> features of the training split. Not of the evaluator, which has learned it by heart."""

    def used(self) -> dict[str, NetworkUsed]:
        """Return what a protocol says of them."""
        used = {
            network.name: NetworkUsed(sha256=network.sha256, size=network.size, resizing=network.resizing)
            for network in self.networks
        }
        if self.matcher is not None:
            used["matcher"] = NetworkUsed(
                sha256=self.matcher.sha256, size=None, resizing=f"features of {EYES} and {EVALUATOR}"
            )
        return used


def judges_for(
    real: RealData, bank: AttributeBank, settings: JudgeSettings, more: Sequence[str] = ()
) -> Judges:
    """Return the judges of a data set; what is trained or computed for the first time is kept for the next.

    Args:
        real: The data set.
        bank: The attributes to judge.
        settings: How evaluator and matcher are trained.
        more: Further pretrained networks of `metrics.features.NETWORKS`.
    """
    side = real.train.pictures.size
    pretrained = [load_network(name, side) for name in dict.fromkeys([EYES, *more])]
    evaluator = evaluator_for(real.train.pictures, bank.groups, real.kept, settings.evaluator)
    train = {
        network.name: real_features(network, real.train.pictures, real.kept, "training pictures")
        for network in pretrained
    }
    networks = (*pretrained, evaluator)
    evaluated = {
        network.name: real_features(
            network, real.evaluated.pictures, real.kept, f"{real.evaluated.name} pictures"
        )
        for network in networks
    }
    return Judges(
        networks, evaluator, _matcher(real, evaluator, train[EYES], settings.matcher), evaluated, train
    )


def matched_features(seen: Mapping[str, Extracted]) -> Floats:
    """Return what the matcher sees of N pictures: features (N,f) of `EYES` and, for details, the evaluator."""
    return np.concatenate([seen[EYES].features, seen[EVALUATOR].features], axis=1)


def _matcher(
    real: RealData, evaluator: Evaluator, by_eyes: Extracted, settings: MatcherSettings
) -> Matcher | None:
    captioned = [row for row, several in enumerate(real.train.captions) if several]
    if sum(len(real.train.captions[row]) for row in captioned) < 2:  # there is nothing to tell apart
        return None
    own = real_features(evaluator, real.train.pictures, real.kept, "training pictures")
    features = matched_features({EYES: by_eyes, EVALUATOR: own})[captioned]
    captions = [real.train.captions[row] for row in captioned]
    return matcher_for(features, captions, real.kept, settings)
