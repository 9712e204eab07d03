"""What a run would be: data checked, networks built, a few steps timed, nothing written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import torch
from torch import nn

from admagan.bank import AttributeBank
from admagan.data.bank_building import build_bank
from admagan.data.check import require_trainable
from admagan.data.manifest import SPLITS, Manifest, read_manifest
from admagan.data.shards import has_shards, read_shard_index
from admagan.errors import InputError
from admagan.progress import track
from admagan.schema.settings import Settings
from admagan.schema.train import TrainSettings
from admagan.training.augmentation import DRAWS
from admagan.training.build import build_trainer, untrained_recogniser
from admagan.training.distributed import Processes
from admagan.training.loop import diverged
from admagan.training.precision import chosen_precision
from admagan.training.state import Progress
from admagan.training.steps import GanTrainer, NotFiniteError, StepInput
from admagan.training.watch import seconds_left

STEPS = 2
"""Of each kind that are timed."""


def describe(root: Path, settings: Settings, processes: Processes) -> str:
    """Return a few lines on data, networks, time and room on the disk.

    The steps are taken on random pictures: the cache of pictures would be a file. Text and tagger stages are not timed.

    Raises:
        InputError: Records or pictures are not right, or a split is empty.
    """
    require_trainable(root)
    manifest = read_manifest(root)
    _require_pictures(manifest)
    bank = build_bank(manifest.split("train"), settings.bank)
    trainer = _untrained(settings, len(bank), processes)
    speed = _images_per_second(trainer, settings, len(bank))
    precision = chosen_precision(processes.device, settings.train.precision)
    return "\n".join(
        [
            _data_line(manifest),
            _bank_line(bank),
            f"generator: {_millions(trainer.synthesiser)}, discriminator: {_millions(trainer.objective)} parameters",
            f"state on disk: {_megabytes(trainer):,.0f} MB, twice",
            f"speed: about {speed:,.1f} images/s on {processes.device}, in {precision}",
            f"GAN training: about {_duration(settings, speed)}, after the text stages",
        ]
    )


def expected_seconds(root: Path, arms: Mapping[str, Settings], processes: Processes) -> dict[str, float]:
    """Return how long GAN training would take here by each of some settings, from a few steps; text stages come on top.

    Args:
        root: The data set folder.
        arms: Name -> settings.
        processes: This one.

    Raises:
        InputError: Records are not right, or there is nothing to train on.
    """
    manifest = read_manifest(root)
    _require_pictures(manifest)
    train = manifest.split("train")
    banks = {settings.bank for settings in arms.values()}
    attributes = {bank: len(build_bank(train, bank)) for bank in banks}
    seconds = {}
    for name, settings in track(arms.items(), "timing a few steps of each arm"):
        count = attributes[settings.bank]
        speed = _images_per_second(_untrained(settings, count, processes), settings, count)
        seconds[name] = seconds_left(Progress(), settings.train, speed)
    return seconds


def _untrained(settings: Settings, attributes: int, processes: Processes) -> GanTrainer:
    alone = Processes(device=processes.device)
    recogniser = untrained_recogniser(settings, attributes)
    return build_trainer(settings, attributes, alone, recogniser=recogniser)


def _require_pictures(manifest: Manifest) -> None:
    if not len(manifest.split("train")):
        raise InputError(str(manifest.file), "records in split train", "none")
    if has_shards(manifest.root):
        read_shard_index(manifest)
        return
    missing = [entry for entry in manifest.entries if not entry.path.is_file()]
    if missing:
        raise InputError(
            f"{manifest.file}:{missing[0].line}: {missing[0].record.file_name}",
            "a picture",
            f"no such file (and {len(missing) - 1} more)" if len(missing) > 1 else "no such file",
            f"`admagan data check {manifest.root}` names everything that is wrong.",
        )


def _images_per_second(trainer: GanTrainer, settings: Settings, attributes: int) -> float:
    """Return the speed of one process, measured over a few steps after a first one; of the whole run, where the
    generator learns alone at first."""
    size, batch = settings.generator.size, settings.train.batch_size
    device = trainer.processes.device
    random = StepInput(
        images=torch.rand(batch, 3, size, size, device=device).contiguous(memory_format=torch.channels_last),
        sentence=torch.randn(batch, settings.generator.condition_dim, device=device),
        labels=torch.zeros(batch, attributes, device=device),
        known=torch.ones(batch, attributes, dtype=torch.bool, device=device),
        noise=torch.randn(batch, settings.generator.noise_dim, device=device),
        augmentation=torch.rand(batch, 2, DRAWS, device=device),
    )
    share = settings.train.warm_up
    both = batch / _seconds_of(trainer, random, alone=False)
    if not share:
        return both
    return mean_speed(settings.train, batch / _seconds_of(trainer, random, alone=True), both)


def mean_speed(settings: TrainSettings, alone: float, both: float) -> float:
    """Return the images per second of a whole run, from those of its warm-up and of the rest.

    The warm-up is a share of the images, or of the minutes where these are used up first.
    """
    share = settings.warm_up
    by_images = 1 / (share / alone + (1 - share) / both)
    by_minutes = share * alone + (1 - share) * both
    minutes_first = settings.minutes is not None and settings.minutes * 60 * by_minutes < settings.images
    return by_minutes if minutes_first else by_images


def _seconds_of(trainer: GanTrainer, batch: StepInput, alone: bool) -> float:
    """Return the seconds that a step takes in the mean, `alone` of the generator or of both networks."""
    interval = 1 if alone else trainer.objective.settings.penalty_interval
    try:
        trainer.step(batch, 0, alone)
        penalised = _timed(trainer, batch, 0, alone)
        plain = _timed(trainer, batch, 1, alone) if interval > 1 else penalised
    except NotFiniteError as error:
        raise diverged(f"first steps: loss or gradient of the {error}", "others") from error
    return plain + (penalised - plain) / interval


def _timed(trainer: GanTrainer, batch: StepInput, index: int, alone: bool) -> float:
    """Return the seconds of a step like that of `index`: the penalty is in every k-th from 0 on."""
    began = time.perf_counter()
    for _ in range(STEPS):
        terms = trainer.step(batch, index, alone)
    float(terms["G.gradient"])  # waits for a GPU
    return (time.perf_counter() - began) / STEPS


def _data_line(manifest: Manifest) -> str:
    counts = ", ".join(f"{manifest.splits.count(split):,} {split}" for split in SPLITS)
    return f"data: {len(manifest):,} pictures ({counts}) in {manifest.root}"


def _bank_line(bank: AttributeBank) -> str:
    names = ", ".join(bank.names[:8])
    return f"attributes: {len(bank)}" + (f" ({names}{', …' if len(bank) > 8 else ''})" if len(bank) else "")


def _duration(settings: Settings, speed: float) -> str:
    return str(timedelta(seconds=round(seconds_left(Progress(), settings.train, speed))))


def _millions(module: nn.Module) -> str:
    return f"{sum(parameter.numel() for parameter in module.parameters()) / 1e6:.1f} M"


def _megabytes(trainer: GanTrainer) -> float:
    return sum(tensor.nbytes for tensor in trainer.tensors().values()) / 1e6
