"""The two text stages as the rest of a run sees them."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from admagan.data.prepare import PreparedData
from admagan.export.folder import TrainedModel
from admagan.networks.tagger import Tagger
from admagan.networks.text_encoder import TextEncoder
from admagan.training.distributed import Processes
from admagan.training.folder import RunFolder
from admagan.training.tagger import train_tagger
from admagan.training.text_encoder import train_text_encoder


@dataclass(frozen=True)
class TextParts:
    """What turns sentences into conditions; frozen."""

    encoder: TextEncoder
    tagger: Tagger
    thresholds: tuple[float, ...] | None
    """Probability from which each attribute counts as meant."""


def sentence_encoder(
    data: PreparedData, folder: RunFolder, processes: Processes, start: TrainedModel | None
) -> TextEncoder:
    """Return the text encoder: of the model that the run begins from, else trained on the data set."""
    if start is not None:
        return start.text_encoder
    with processes.main_first():
        encoder = train_text_encoder(data, folder.text, processes.device)
    # Weights from a file lie where the file has them, and matrix products of unaligned memory round in another way:
    # a resumed run would differ from one that has just trained its encoder.
    return copy.deepcopy(encoder)


def attribute_tagger(
    data: PreparedData, encoder: TextEncoder, folder: RunFolder, processes: Processes
) -> TextParts:
    """Return the encoder with its tagger, trained on the data set."""
    with processes.main_first():
        tagger, thresholds = train_tagger(data, encoder, folder.tagger, processes.device)
    return TextParts(encoder, tagger, thresholds)
