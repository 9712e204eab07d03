"""What `admagan ablate` keeps: under which conditions everything was measured, and what came of each run."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from admagan.schema.base import Strict
from admagan.schema.records import Split
from admagan.schema.settings import Settings


class AblationCard(Strict):
    """conditions.json: what all arms have in common. It does not change while there are results."""

    format: Literal[2] = 2
    data: str
    """Name of the data set folder."""
    records: str
    """SHA-256 over its records."""
    settings: Settings
    """Of an arm that has none of its own."""
    split: Split
    """Evaluated on."""
    samples: PositiveInt
    """Pictures that are made for an evaluation, of each kind."""
    features: tuple[str, ...]
    """Pretrained feature networks beside EfficientNet-Lite0."""


class RunRecord(Strict):
    """results/RUN.json: a run that is trained and evaluated. Its figures are in results/RUN/report.json."""

    format: Literal[1] = 1
    arm: str
    settings: Settings
    images: NonNegativeInt
    """Training images seen."""
    seconds: NonNegativeFloat
    """Wall time of GAN training, over all sittings."""
    setbacks: NonNegativeInt
    """Returns to an earlier state after a loss that was not finite."""
    evaluation_seconds: NonNegativeFloat
    """Wall time of the evaluation, with what it computed for the first time."""
    captions: tuple[str, ...]
    """Of the rows of results/RUN.png: in each a real picture, then generated ones."""
