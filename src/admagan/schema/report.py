"""What an evaluation says: figures, and the protocol that they were measured under."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from admagan.schema.base import Strict, field_differences
from admagan.schema.data import DataSettings
from admagan.schema.records import Split

Pictures = Literal["annotated", "read", "real"]
"""Whose pictures: generated from the annotated attributes, from those read in the caption, or real ones."""


class NetworkUsed(Strict):
    """A network that figures were computed with."""

    sha256: str
    """Of its weights."""
    size: PositiveInt | None
    """Side in pixels that pictures are brought to; null where it works on another network's features."""
    resizing: str
    """The filter that does it."""


class EvaluationProtocol(Strict):
    """Everything that figures depend on besides the model; reports compare only where all of it is the same."""

    format: Literal[1, 2, 3, 4, 5] = 5
    """Raised when the same protocol would give other figures."""
    data: str
    """SHA-256 over records and pictures of the split."""
    split: Split
    """Where the real pictures and the captions are from."""
    training_data: str
    """SHA-256 over records and pictures of the training split, which the judges were trained on."""
    attribute_bank: str
    """SHA-256 over names and groups of the attributes."""
    phrases: str
    """SHA-256 over what they are called: it decides what captions settle."""
    real: PositiveInt
    """Real pictures."""
    generated: PositiveInt
    """Generated pictures, of each kind: from annotated attributes and from attributes read in the caption."""
    captions: PositiveInt
    """Different captions that they were made from."""
    caption_choice: str
    """Which captions."""
    size: PositiveInt
    """Side in pixels of generated pictures, and of real ones."""
    pictures: DataSettings
    """How real pictures were made square."""
    values: str
    """How pictures were rounded before they were looked at."""
    truncation: PositiveFloat
    """Factor on the noise; 1: none."""
    seed: NonNegativeInt
    """Of noise, order and resampling."""
    networks: dict[str, NetworkUsed]
    """Name -> network."""
    neighbours: PositiveInt
    """k of precision, recall, density and coverage."""
    neighbour_pictures: PositiveInt
    """Pictures of each set that these four are computed on."""
    candidates: NonNegativeInt
    """Captions that R-precision chooses among; 0 where there are too few different ones."""
    inception_splits: PositiveInt
    """Parts that the inception score is the mean of."""
    diversity: tuple[PositiveInt, PositiveInt]
    """Captions, and pictures of each, that diversity is measured on."""
    copies: PositiveInt
    """Generated pictures whose nearest training picture is looked for."""
    halves: PositiveInt
    """Random halves behind the intervals of set figures."""
    replicates: PositiveInt
    """Bootstrap replicates behind the intervals of means."""

    def fingerprint(self) -> str:
        """Return the SHA-256 of all of it."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def differences(self, other: EvaluationProtocol) -> dict[str, tuple[Any, Any]]:
        """Return field -> (value here, value there) for all that differs."""
        return field_differences(self, other)


class Figure(Strict):
    """One number, with what it needs to be understood by itself."""

    name: str
    """Such as FID."""
    network: str | None
    """Key in the protocol's networks; null where there is none."""
    pictures: Pictures
    """Whose."""
    value: float | None
    """Null where it could not be measured."""
    low: float | None
    """Lower end of the 95 % confidence interval."""
    high: float | None
    """Upper end."""
    better: Literal["lower", "higher", "neither"]
    """Which direction is good."""
    chance: float | None = None
    """What guessing, or an innocent model, would reach; null where that means nothing."""
    real: NonNegativeInt
    """Real pictures that went into it."""
    generated: NonNegativeInt
    """Generated pictures that went into it."""
    protocol: str
    """Fingerprint of the protocol."""


class AttributeFigures(Strict):
    """How well one attribute shows, by the evaluator."""

    name: str
    group: str
    positives: NonNegativeInt
    """Real pictures of the split that have it."""
    prevalence: float | None
    """Share of the pictures asked for that should have it: the average precision of guessing."""
    on_real: float | None
    """Average precision on real pictures: the ceiling."""
    on_annotated: float | None
    """On pictures made from annotated attributes."""
    on_read: float | None
    """On pictures made from attributes read in the caption."""
    reading_f1: float | None
    """F1 of reading it in captions."""


class ModelUsed(Strict):
    """The model that was evaluated."""

    name: str
    sha256: str
    """Over the hashes of its files."""
    version: str
    """Of admagan, that wrote it."""
    images_seen: NonNegativeInt
    memory: str
    """Mode of its attribute memory."""
    teachers: tuple[str, ...] = ()
    """Networks that it learned from: their figures flatter it."""


class Environment(Strict):
    """Where it was computed: the last digits may depend on it."""

    versions: dict[str, str]
    """Package -> version."""
    threads: PositiveInt
    processor: str


class Report(Strict):
    """report.json."""

    format: Literal[1] = 1
    model: ModelUsed
    data: str
    """Name of the data set folder."""
    protocol: EvaluationProtocol
    environment: Environment
    figures: list[Figure]
    attributes: list[AttributeFigures]
    unread: NonNegativeInt
    """Captions of which the model understood nothing; their pictures were made without attributes."""

    def figure(self, name: str, pictures: Pictures, network: str | None = None) -> Figure | None:
        """Return a figure, or None where it was not measured."""
        wanted = (name, pictures, network)
        return next((f for f in self.figures if (f.name, f.pictures, f.network) == wanted), None)
