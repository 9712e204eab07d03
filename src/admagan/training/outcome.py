"""What a run leaves behind: a model folder of the last weights, and one of the best."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from admagan import __version__
from admagan.data.prepare import PreparedData
from admagan.errors import InputError
from admagan.export.folder import TrainedModel, write_model_folder
from admagan.files import read_json, remove, write_json
from admagan.networks.efficientnet import LITE0
from admagan.networks.synthesiser import Synthesiser
from admagan.progress import console
from admagan.runtime.folder import read_model_folder
from admagan.schema.model_folder import UNKNOWN_LICENCE, ModelConfig, TaggerConfig
from admagan.schema.settings import Settings
from admagan.training.folder import RunFolder
from admagan.training.snapshots import load_best
from admagan.training.stage import weights_hash
from admagan.training.state import Progress
from admagan.training.text_parts import TextParts

CHINESE = re.compile(r"[\u4e00-\u9fff]")
BEST_STAMP = "model-best.json"
EXAMPLES = 16_000
"""Training pictures whose attributes go into a model."""
LANGUAGE_SHARE = 0.01
"""Of the captions, from which on a language counts as understood."""


def write_models(
    average: Synthesiser,
    progress: Progress,
    data: PreparedData,
    parts: TextParts,
    settings: Settings,
    folder: RunFolder,
    start: ModelConfig | None,
) -> None:
    """Write RUN/model, and RUN/model-best where a snapshot had better figures than the last; else there is none."""
    last = trained_model(average, progress.images, data, parts, settings, folder.name, start)
    write_once(last, folder.model, folder.path / "model.json")
    best = load_best(folder.path)
    if best is None or best[0].images == progress.images:
        remove(folder.path / BEST_STAMP)
        remove(folder.best_model)  # of an earlier end
        return
    card, weights = best
    synthesiser = copy.deepcopy(average)
    synthesiser.load_state_dict(weights)
    model = trained_model(synthesiser, card.images, data, parts, settings, folder.name, start)
    write_once(model, folder.best_model, folder.path / BEST_STAMP)


def trained_model(
    synthesiser: Synthesiser,
    images: int,
    data: PreparedData,
    parts: TextParts,
    settings: Settings,
    name: str,
    start: ModelConfig | None,
) -> TrainedModel:
    """Return the parts of a model folder; `images` is what the weights have seen since they were those of `start`."""
    teachers = [*(start.teachers if start else ()), *([LITE0] if settings.discriminator.pretrained else [])]
    origin = f"{data.manifest.root.name}: {len(data.samples['train']):,} training pictures"
    config = ModelConfig(
        name=name,
        version=__version__,
        generator=settings.generator,
        memory=settings.memory,
        pictures=settings.data,
        text=parts.encoder.config,
        tagger=TaggerConfig(hidden=settings.tagger.hidden, thresholds=parts.thresholds),
        languages=languages(caption for several in data.captions("train") for caption in several),
        images_seen=images + (start.images_seen if start else 0),
        teachers=tuple(dict.fromkeys(teachers)),
        data=f"{start.data}; then {origin}" if start and start.data else origin,
        licence=_licence(start),
    )
    return TrainedModel(
        config=config,
        bank=data.bank,
        tokenizer=data.tokenizer,
        synthesiser=synthesiser,
        text_encoder=parts.encoder,
        tagger=parts.tagger,
        examples=examples(data) if synthesiser.reads_memory else np.zeros((0, len(data.bank)), np.bool_),
    )


def _licence(start: ModelConfig | None) -> str:
    """Return what is known of the terms: a model that began from another may be bound by those of the other."""
    licence = start.licence if start else UNKNOWN_LICENCE
    if licence.startswith(UNKNOWN_LICENCE):
        return licence
    return f"{UNKNOWN_LICENCE}; began from a model under {licence}"


def examples(data: PreparedData) -> NDArray[np.bool_]:
    """Return the attributes (K, n) of training pictures, at most `EXAMPLES` of them, always the same ones."""
    train = data.samples["train"]
    rows = np.random.default_rng(0).permutation(len(train.attributes))[:EXAMPLES]
    chosen: NDArray[np.bool_] = (train.attributes[rows] > 0) & train.known[rows]
    return chosen


def write_once(model: TrainedModel, path: Path, stamp: Path) -> None:
    """Write a model folder, unless the one at `path` is whole, and of the same settings, data and weights."""
    weights = {name: weights_hash(network) for name, network in model.networks.items()}
    inputs = model.config.model_dump(mode="json") | {"weights": weights}
    if read_json(stamp) == inputs and _is_whole(path):
        return
    write_model_folder(model, path)
    write_json(stamp, inputs)
    console.print(f"model of {model.config.images_seen:,} images: {path}", highlight=False, markup=False)


def _is_whole(path: Path) -> bool:
    try:
        read_model_folder(path).check()
    except InputError:
        return False
    return True


def languages(captions: Iterable[str]) -> tuple[str, ...]:
    """Return which of English and Chinese the captions are in; all that is not Chinese counts as English."""
    chinese = [bool(CHINESE.search(caption)) for caption in captions]
    share = sum(chinese) / max(len(chinese), 1)
    found = (("en", 1 - share), ("zh", share))
    return tuple(code for code, part in found if part >= LANGUAGE_SHARE) or ("en",)
