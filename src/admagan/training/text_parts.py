"""The two text stages as the rest of a run sees them."""

from __future__ import annotations

from dataclasses import dataclass

from admagan.data.prepare import PreparedData
from admagan.export.folder import TrainedModel
from admagan.networks.image_encoder import ImageEncoder
from admagan.networks.tagger import Tagger
from admagan.networks.text_encoder import TextEncoder
from admagan.training.distributed import Processes
from admagan.training.folder import RunFolder
from admagan.training.tagger import train_tagger
from admagan.training.text_encoder import train_encoders


@dataclass(frozen=True)
class TextParts:
    """What turns sentences into conditions, and what tells whether pictures meet them; frozen."""

    encoder: TextEncoder
    recogniser: ImageEncoder | None
    """Where the objective asks one."""
    tagger: Tagger
    thresholds: tuple[float, ...] | None
    """Probability from which each attribute counts as meant."""


def encoders(
    data: PreparedData, folder: RunFolder, processes: Processes, start: TrainedModel | None
) -> tuple[TextEncoder, ImageEncoder | None]:
    """Return the text encoder, of the model that the run begins from, else trained on the data set; and the picture
    encoder, where the objective asks one."""
    wanted = data.settings.loss.asks_recogniser(len(data.bank))
    if start is not None and not wanted:
        return start.text_encoder, None
    with processes.main_first():
        given = start.text_encoder if start else None
        trained = train_encoders(data, folder.text, processes.device, given, folder.has_state)
    return trained.text, trained.image if wanted else None


def text_parts(
    data: PreparedData,
    encoder: TextEncoder,
    recogniser: ImageEncoder | None,
    folder: RunFolder,
    processes: Processes,
) -> TextParts:
    """Return the encoders with the tagger, trained on the data set."""
    with processes.main_first():
        tagger, thresholds = train_tagger(data, encoder, folder.tagger, processes.device)
    return TextParts(encoder, recogniser, tagger, thresholds)
