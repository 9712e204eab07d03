"""The loop of GAN training, from the last state to the end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from admagan.errors import InputError
from admagan.progress import console
from admagan.schema.train import TrainSettings
from admagan.training.distributed import Processes
from admagan.training.feed import Feed
from admagan.training.interrupts import Interrupted, Interrupts
from admagan.training.snapshots import Snapshots
from admagan.training.state import Progress, StateFolder
from admagan.training.steps import GanTrainer, NotFiniteError
from admagan.training.watch import Watch, done

SETBACKS = 3


class DivergedError(InputError):
    """Losses or gradients were not finite again and again, however slowly the networks learned."""


@dataclass(frozen=True)
class Job:
    """Everything that the loop works with."""

    settings: TrainSettings
    processes: Processes
    trainer: GanTrainer
    feed: Feed
    states: StateFolder
    snapshots: Snapshots
    folder: Path


def train_gan(job: Job) -> Progress:
    """Train on from the last state until the images or the minutes are used up; return how far that is.

    A state is saved at the start, every few minutes, at the end, and when somebody asks to stop.

    Raises:
        Interrupted: A signal asked to stop; the state is saved.
        DivergedError: Losses are not finite again and again.
        InputError: The disk is full.
    """
    settings = job.settings
    with Interrupts() as interrupts, Watch(job.folder, settings, job.processes.is_main) as watch:
        progress = saved = resume_or_begin(job, watch)
        clock = time.monotonic() - progress.seconds
        while done(progress, settings) < 1:
            job.trainer.set_pace(pace(progress, settings))
            try:
                alone = not progress.warmed_up and done(progress, settings) < settings.warm_up
                terms = job.trainer.step(job.feed.step_input(progress.step), progress.step, alone)
            except NotFiniteError as error:
                progress = saved = set_back(job, watch, progress, error)
                clock = time.monotonic() - progress.seconds
                continue
            # Clocks and signals differ between processes; what follows from them must not.
            seconds, signal = job.processes.largest(time.monotonic() - clock, interrupts.received or 0)
            progress = progress.after_step(settings.batch_size, seconds, alone)
            watch.step(progress, terms)
            if signal:
                save(job, progress)
                raise Interrupted(int(signal))
            if is_snapshot(progress, settings) or done(progress, settings) >= 1:
                with watch.pause():
                    snapshot(job, watch, progress)
            if seconds - saved.seconds >= settings.state_minutes * 60:
                save(job, progress)
                saved = progress
        if progress != saved:
            save(job, progress)
        (signal,) = job.processes.largest(interrupts.received or 0)
        if signal:
            raise Interrupted(int(signal))
    return progress


def resume_or_begin(job: Job, watch: Watch) -> Progress:
    """Go on from the last state, or save the first one."""
    progress = restore(job)
    if progress is None:
        progress = Progress()
        if job.processes.is_main:
            job.snapshots.forget()
        save(job, progress)
    else:
        console.print(f"going on from step {progress.step}, {progress.images:,} images", highlight=False)
    watch.begin(progress)
    due = is_snapshot(progress, job.settings) or done(progress, job.settings) >= 1
    if progress.step and due and not job.snapshots.has(progress):
        snapshot(job, watch, progress)  # a signal at this very step came first, or the end has come nearer
    return progress


def pace(progress: Progress, settings: TrainSettings) -> float:
    """Return the share of their settings that learning rates have now: halved by each setback, falling in the end."""
    left = 1 - done(progress, settings)
    falling = min(1.0, left / settings.cooldown) if settings.cooldown else 1.0
    return falling * 0.5**progress.setbacks


def is_snapshot(progress: Progress, settings: TrainSettings) -> bool:
    """Tell whether the last step passed a multiple of the images between two snapshots."""
    before = progress.images - settings.batch_size
    return progress.images // settings.snapshot_images > before // settings.snapshot_images


def save(job: Job, progress: Progress) -> None:
    """Save the state, in the main process."""
    if job.processes.is_main:
        job.states.save(progress, job.trainer.tensors())


def snapshot(job: Job, watch: Watch, progress: Progress) -> None:
    """Take a snapshot, in the main process."""
    if job.processes.is_main:
        job.snapshots.take(progress, job.trainer.average, watch)


def restore(job: Job) -> Progress | None:
    """Put the trainer where the last state says, on every process; None where there is no state."""
    with job.processes.main_first():
        state = job.states.load() if job.processes.is_main else None
    state = job.processes.from_main(state)
    if state is None:
        return None
    job.trainer.restore(state.tensors)
    return state.progress


def diverged(where: str, found: str) -> DivergedError:
    """Return what is raised where numbers of training are not finite."""
    return DivergedError(
        where,
        "finite numbers",
        found,
        "Lower --train.generator-lr and --train.discriminator-lr, or try --train.precision fp32, in a new --out.",
    )


def set_back(job: Job, watch: Watch, progress: Progress, error: NotFiniteError) -> Progress:
    """Go back to the last state with half the learning rates; return where that is."""
    setbacks = progress.setbacks + 1
    where = f"step {progress.step}: loss or gradient of the {error}"
    if setbacks > SETBACKS:
        again = (
            f"others again after {SETBACKS} returns to an earlier state, each with half the learning rates"
        )
        raise diverged(where, again)
    earlier = restore(job)
    assert earlier is not None, "a state is saved before the first step"
    progress = earlier.model_copy(update={"setbacks": setbacks})
    save(job, progress)  # killed before the next state, the run must not try the same rates again
    watch.begin(progress)
    console.print(
        f"[yellow]{where} is not finite:[/] back to step {progress.step} with half the learning rates "
        f"({setbacks} of at most {SETBACKS} times)",
        highlight=False,
    )
    return progress
