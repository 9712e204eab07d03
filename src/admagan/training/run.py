"""A whole run: from a data set folder to a model folder, stage by stage, each skipped where its result is there."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from admagan.data.check import require_trainable
from admagan.data.prepare import PreparedData, prepare
from admagan.data.shards import ShardIndex, require_a_share
from admagan.errors import InputError
from admagan.export.folder import TrainedModel, load_trained
from admagan.files import clear_left_overs, remove
from admagan.schema.settings import Settings
from admagan.training.build import build_trainer, memory_graph
from admagan.training.distributed import Processes
from admagan.training.feed import Feed
from admagan.training.fine_tune import begin_from, keep_copy, require_same_start
from admagan.training.folder import RunFolder
from admagan.training.loop import Job, restore, train_gan
from admagan.training.outcome import write_models
from admagan.training.quality import held_out_prompts, quality_of
from admagan.training.sentences import phrase_embeddings
from admagan.training.snapshots import Snapshots
from admagan.training.stage import weights_hash
from admagan.training.state import Identity, StateFolder
from admagan.training.text_parts import TextParts, encoders, text_parts

LastStage = Literal["data", "text", "tagger", "gan", "model"]


@dataclass(frozen=True)
class Request:
    """What `admagan train` was asked to do."""

    data: Path
    """The data set folder."""
    folder: RunFolder
    """Where everything of the run is kept."""
    settings: Settings
    """Resolved."""
    stage: LastStage | None = None
    """The last stage to take; `model` makes a model folder of the last state, without further training; None: all."""
    init: Path | None = None
    """A model folder to begin from."""
    checked: bool = False
    """Whether somebody has just found the data set to be whole, so that a new run need not read all of it."""


def run(request: Request, processes: Processes) -> None:
    """Take all stages, or those up to the one asked for. Writes into the run folder and the cache of the data set.

    Raises:
        InputError: Data, settings or an earlier state do not fit, or the disk is full.
        Interrupted: A signal asked to stop; the state of training is saved.
    """
    _require_possible(request, processes)
    try:
        with _alone(request, processes):
            _run_stages(request, processes)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        hint = "Make room, then run the same command again: it goes on from the last state."
        raise InputError(str(request.folder.path), "room on the disk", error.strerror, hint) from error


@contextmanager
def _alone(request: Request, processes: Processes) -> Iterator[None]:
    """Keep other runs out of the folder, and remove what killed ones have left; of a new run, check the data first."""
    with ExitStack() as held:
        with processes.main_first():
            if processes.is_main:
                if not (request.checked or request.folder.has_state):
                    require_trainable(request.data)
                held.enter_context(request.folder.lock())
                clear_left_overs(request.folder.path)
        yield


def _run_stages(request: Request, processes: Processes) -> None:
    folder, settings, stage = request.folder, request.settings, request.stage
    with processes.main_first():
        if processes.is_main and not folder.has_state:
            if request.init:
                keep_copy(request.init, folder.start)
            else:
                remove(folder.start)  # of a command that was stopped before it trained
        elif processes.is_main and request.init:
            require_same_start(request.init, folder.start)
        start = load_trained(folder.start) if folder.start.is_dir() else None
        tokenizer = start.tokenizer if start else None
        data = prepare(request.data, settings, folder.data, tokenizer, folder.require_same_data)
        settings.require_teacher(len(data.bank))
        _require_shares(data, processes)
        identity = Identity(data.fingerprint, settings)
        StateFolder(folder.states, identity).check()
        if processes.is_main:
            folder.begin(settings, data.manifest.root, data.content)
    if stage == "data":
        return
    encoder, recogniser = encoders(data, folder, processes, start)
    states = StateFolder(folder.states, replace(identity, text=weights_hash(encoder)))
    states.check()
    if stage == "text":
        return
    parts = text_parts(data, encoder, recogniser, folder, processes)
    if stage == "tagger":
        return
    job = make_job(request, processes, data, parts, states, start)
    progress = restore(job) if stage == "model" else train_gan(job)
    if progress is None:
        raise _no_state(folder)
    if stage != "gan" and processes.is_main:
        origin = start.config if start else None
        write_models(job.trainer.average.cpu(), progress, data, parts, settings, folder, origin)
        job.snapshots.film()


def _require_possible(request: Request, processes: Processes) -> None:
    """Raise an `InputError` for what would otherwise fail only after the text stages."""
    batch = request.settings.train.batch_size
    if batch % processes.world:
        raise InputError("--train.batch-size", f"a multiple of {processes.world}, the processes", batch)
    if batch == processes.world > 1 and request.settings.loss.diversity_weight:
        expected = f"at least {2 * batch}, two pictures for each process, for loss.diversity_weight"
        raise InputError("--train.batch-size", expected, batch)
    if request.stage == "model" and not request.folder.has_state:
        raise _no_state(request.folder)


def _require_shares(data: PreparedData, processes: Processes) -> None:
    if isinstance(data.pictures, ShardIndex):
        require_a_share(data.manifest.root, data.pictures.of("train"), processes.world)


def _no_state(folder: RunFolder) -> InputError:
    return InputError(str(folder.states), "a state to make a model of", "none", "Leave --stage out.")


def make_job(
    request: Request,
    processes: Processes,
    data: PreparedData,
    parts: TextParts,
    states: StateFolder,
    start: TrainedModel | None,
) -> Job:
    """Build the networks and all that trains and watches them."""
    settings, folder = request.settings, request.folder
    train = data.samples["train"]
    graph = memory_graph(settings.memory, train.attributes, train.known)
    phrases = phrase_embeddings(parts.encoder, data.tokenizer, data.bank)
    trainer = build_trainer(settings, len(data.bank), processes, graph, phrases, parts.recogniser)
    if start is not None:
        begin_from(start, trainer.synthesiser, data.bank)
        trainer.average.load_state_dict(trainer.synthesiser.state_dict())
    batches = data.training_set("train", settings.train.batch_size // processes.world, settings.train.seed)
    feed = Feed(batches, parts.encoder, settings.generator.noise_dim, settings.train, processes)
    prompts = held_out_prompts(data, parts.encoder, settings.train.seed)
    quality = quality_of(data, parts.encoder) if processes.is_main and request.stage != "model" else None
    snapshots = Snapshots(folder.path, prompts, settings.generator.noise_dim, settings.train.seed, quality)
    return Job(settings.train, processes, trainer, feed, states, snapshots, folder.path)
