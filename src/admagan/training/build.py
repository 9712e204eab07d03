"""The networks of a run and their trainer, from settings and what the stages before have found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from admagan.data.correlation import correlation_graph, count_pairs
from admagan.losses.objective import DiscriminatorObjective
from admagan.networks.discriminator import Discriminator
from admagan.networks.image_encoder import ImageEncoder, picture_encoder
from admagan.networks.synthesiser import build_synthesiser
from admagan.schema.model import MemoryConfig
from admagan.schema.settings import Settings
from admagan.training.distributed import Processes
from admagan.training.steps import GanTrainer


def build_trainer(
    settings: Settings,
    attributes: int,
    processes: Processes | None = None,
    graph: Tensor | None = None,
    phrases: Tensor | None = None,
    recogniser: ImageEncoder | None = None,
) -> GanTrainer:
    """Return untrained networks, the same in every process, with their optimisers.

    Args:
        settings: Of the run.
        attributes: n, entries of the attribute bank.
        processes: Who shares the work.
        graph: (n, n) correlation graph, for the memory mode that wants one.
        phrases: (n, d) embeddings that the memory starts from.
        recogniser: The frozen picture encoder, where the objective asks one.

    Raises:
        InputError: The generator shall learn alone at first, and nothing would teach it.
    """
    settings.require_teacher(attributes)
    torch.manual_seed(settings.train.seed)
    synthesiser = build_synthesiser(settings.generator, settings.memory, attributes, graph)
    judged = attributes if settings.loss.classification != "off" else 0
    discriminator = Discriminator(settings.discriminator, judged)
    if synthesiser.memory is not None and settings.memory.initialisation == "phrase" and phrases is not None:
        synthesiser.memory.initialise(phrases)
    objective = DiscriminatorObjective(discriminator, settings.loss)
    return GanTrainer(synthesiser, objective, settings.train, processes, recogniser)


def untrained_recogniser(settings: Settings, attributes: int) -> ImageEncoder | None:
    """Return a picture encoder as the text stage would train it, where the objective asks one: to measure speed."""
    if not settings.loss.asks_recogniser(attributes):
        return None
    dim = settings.generator.condition_dim
    return picture_encoder(dim, attributes, settings.text_training).eval().requires_grad_(False)


def memory_graph(
    memory: MemoryConfig, labels: npt.NDArray[np.float32], known: npt.NDArray[np.bool_]
) -> Tensor | None:
    """Return the correlation graph (n, n) of the training split's labels (N, n), where they are known; None for the
    memory modes that have no use of it."""
    if memory.mode != "sample_joint":
        return None
    counts = count_pairs(labels, known)
    graph = correlation_graph(counts, memory.tau, memory.p, memory.correlation)
    return torch.from_numpy(graph).float()
