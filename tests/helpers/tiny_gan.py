"""A GAN small enough to train in a test, on pictures of noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from admagan.data.dataset import Samples, TrainingSet
from admagan.networks.text_encoder import TextEncoder
from admagan.schema.model import TextConfig
from admagan.schema.settings import Settings
from admagan.training.build import build_trainer
from admagan.training.distributed import Processes
from admagan.training.feed import Feed
from admagan.training.loop import Job
from admagan.training.snapshots import Prompts, Snapshots
from admagan.training.state import Identity, StateFolder
from admagan.training.steps import GanTrainer

ATTRIBUTES, VOCABULARY = 3, 20


def tiny_settings(reconstruction_weight: float = 0.0, **train: object) -> Settings:
    """Return settings for 32 px, four channels, in fp32."""
    return Settings.parse(
        {
            "generator": {"size": 32, "width": 4, "condition_dim": 8, "noise_dim": 6},
            "text": {"hidden_dim": 4},
            "discriminator": {"width": 4},
            "loss": {"penalty_interval": 2, "reconstruction_weight": reconstruction_weight},
            "train": {"images": 16, "batch_size": 4, "precision": "fp32", "quality_samples": 0} | train,
        },
        "tiny",
    )


def tiny_data(settings: Settings, count: int = 12, world: int = 1) -> TrainingSet:
    """Return pictures of noise with one caption each, and attributes of which some are unknown."""
    random = np.random.default_rng(0)
    samples = Samples(
        rows=np.arange(count),
        tokens=random.integers(2, VOCABULARY, (count, 5)).astype(np.int32),
        lengths=random.integers(1, 6, count).astype(np.int32),
        captions=np.arange(count + 1),
        attributes=random.integers(0, 2, (count, ATTRIBUTES)).astype(np.float32),
        known=random.random((count, ATTRIBUTES)) < 0.7,
    )
    images = random.integers(0, 256, (count, 32, 32, 3)).astype(np.uint8)
    return TrainingSet(images, samples, 32, settings.train.batch_size // world, settings.train.seed)


def tiny_trainer(settings: Settings, processes: Processes | None = None) -> GanTrainer:
    """Return a trainer whose attributes are joined in pairs."""
    graph = torch.full((ATTRIBUTES, ATTRIBUTES), 0.2) + 0.6 * torch.eye(ATTRIBUTES)
    return build_trainer(settings, ATTRIBUTES, processes, graph)


def tiny_feed(settings: Settings, processes: Processes | None = None) -> Feed:
    """Return step inputs with sentences of an untrained encoder."""
    processes = processes or Processes()
    torch.manual_seed(5)
    encoder = TextEncoder(TextConfig(vocabulary=VOCABULARY, embedding_dim=4, hidden_dim=4))
    batches = tiny_data(settings, world=processes.world)
    return Feed(batches, encoder, settings.generator.noise_dim, settings.train, processes)


def tiny_job(folder: Path, data: str = "data", reconstruction_weight: float = 0.0, **train: object) -> Job:
    """Return a job in a run folder, as a new process would make it."""
    settings = tiny_settings(reconstruction_weight, **train)
    torch.manual_seed(7)
    prompts = Prompts(
        ["a thing", "another, of which there is a very great deal more to say" * 5],
        torch.randn(2, 8),
        torch.ones(2, ATTRIBUTES),
        np.full((2, 32, 32, 3), 200, np.uint8),
    )
    return Job(
        settings=settings.train,
        processes=Processes(),
        trainer=tiny_trainer(settings),
        feed=tiny_feed(settings),
        states=StateFolder(folder / "state", Identity(data, settings, "text")),
        snapshots=Snapshots(folder, prompts, settings.generator.noise_dim, 0, None),
        folder=folder,
    )
