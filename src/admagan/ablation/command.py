"""What `admagan ablate` does with what was typed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import fmean

from rich.markup import escape

from admagan.ablation.folder import AblationFolder, Finished
from admagan.ablation.page import draw_pictures, render_page
from admagan.ablation.plan import Given, Plan, Run, make_plan
from admagan.ablation.record import as_json
from admagan.ablation.run import Work, carry_out
from admagan.ablation.summary import answer
from admagan.ablation.tables import render_text
from admagan.data.check import require_trainable
from admagan.errors import InputError
from admagan.evaluation.protocol import Request as Evaluation
from admagan.evaluation.real import records_to_evaluate
from admagan.files import write_json, write_text
from admagan.progress import console
from admagan.runtime.generate import save_picture
from admagan.schema.ablation import AblationCard
from admagan.schema.base import shorten
from admagan.training.allocator import keep_freed_memory
from admagan.training.distributed import Processes, started_processes
from admagan.training.dry_run import expected_seconds
from admagan.training.interrupts import Interrupted
from admagan.training.loop import DivergedError

PAGE, TEXT, JSON = "ablation.html", "ablation.md", "ablation.json"
MOST_SEEDS = 1000
MOST_DIGITS = 18
"""Of a seed, which is a 64-bit number."""


@dataclass(frozen=True)
class Typed:
    """The arguments of `admagan ablate`; see there."""

    data: Path
    out: Path
    given: Given = field(default_factory=Given)
    questions: str | None = None
    seeds: str = "3"
    evaluation: Evaluation = field(default_factory=Evaluation)
    device: str = "auto"
    dry_run: bool = False


def ablate(typed: Typed) -> int:
    """Do what is left to do, and draw what is done; return the exit status."""
    keep_freed_memory()
    questions = [name.strip() for name in typed.questions.split(",")] if typed.questions else None
    plan = make_plan(typed.given, questions, parse_seeds(typed.seeds))
    with started_processes(typed.device) as processes:
        if processes.world > 1:
            raise InputError("torchrun", "one process", processes.world, "Run admagan ablate by itself.")
        typed.evaluation.check()
        typed.evaluation.check_networks(plan.base.generator.size)
        if typed.dry_run:
            print(describe(plan, typed.data, processes))
            return 0
        card = AblationCard(
            data=typed.data.resolve().name,
            records=records_to_evaluate(typed.data, typed.evaluation.split).fingerprint(),
            settings=plan.base,
            split=typed.evaluation.split,
            samples=typed.evaluation.samples,
            features=typed.evaluation.features,
        )
        folder = AblationFolder(typed.out)
        folder.begin(card)
        try:
            work_through(plan, card, Work(typed.data, folder, typed.evaluation, processes))
        except Interrupted as stop:
            console.print(
                f"[bold]{stop}:[/] the same command goes on from here; "
                f"{escape(str(folder.path / PAGE))} shows what is done.",
                highlight=False,
            )
            return stop.exit_status
    return 0


def work_through(plan: Plan, card: AblationCard, work: Work) -> None:
    """Carry out the runs that are not done yet, and draw everything after each, so that an early look is possible.

    Raises:
        InputError: Runs diverged; the others are done.
    """
    diverged: list[str] = []
    done = work.folder.finished(plan.runs)
    finished = {one.run.name for one in done}
    left = [run for run in plan.runs if run.name not in finished]
    draw(plan, card, work.folder, done)
    if left:
        require_trainable(work.data)
    for position, run in enumerate(left):
        console.print(f"[bold]{progress_line(plan, run, done, len(left) - position)}[/]", highlight=False)
        try:
            carry_out(work, run, plan.runs)
        except DivergedError as error:
            console.print(f"[yellow]{run.name} is left out:[/] {escape(str(error))}", highlight=False)
            diverged.append(run.name)
        done = work.folder.finished(plan.runs)
        draw(plan, card, work.folder, done)
    print(work.folder.path / TEXT)
    print(work.folder.path / PAGE)
    if diverged:
        raise InputError(
            str(work.folder.path),
            f"{len(plan.runs)} runs with finite losses",
            f"{', '.join(diverged)} diverged",
            "The tables show the others. Lower the learning rates, for all of them, in a new --out.",
        )


def draw(plan: Plan, card: AblationCard, folder: AblationFolder, done: Sequence[Finished]) -> None:
    """Write ablation.json, ablation.md, ablation.html and the pictures of each question, of what is done."""
    answered = [answer(table, done) for table in plan.tables]
    write_json(folder.path / JSON, as_json(card, answered, done))
    write_text(folder.path / TEXT, render_text(card, answered, len(done), len(plan.runs)))
    pictures = [draw_pictures(one) for one in answered]
    write_text(folder.path / PAGE, render_page(card, answered, pictures, done, len(plan.runs)))
    for one, drawn in zip(answered, pictures, strict=True):
        if drawn is not None:
            save_picture(drawn.chart, folder.path / f"{one.table.question.name}-chart.png", "PNG")
            save_picture(drawn.sheet, folder.path / f"{one.table.question.name}-sheet.png", "PNG")


def progress_line(plan: Plan, run: Run, done: Sequence[Finished], left: int) -> str:
    """Return which run it is of how many, and how long all that is left will take.

    Args:
        plan: What is to be done.
        run: The one that begins.
        done: Those that have figures.
        left: How many are to be carried out yet, this one among them.
    """
    budget = plan.base.train.minutes
    if done:
        seconds: float | None = left * fmean(
            one.record.seconds + one.record.evaluation_seconds for one in done
        )
    else:
        seconds = left * budget * 60 if budget else None
    say = "about" if done else "at most, without evaluations,"  # images may be used up before the minutes are
    time = f", {say} {timedelta(seconds=math.ceil(seconds))} left" if seconds is not None else ""
    number = len(plan.runs) - left + 1
    return f"run {number} of {len(plan.runs)}: {run.arm}, seed {run.seed}{time}"


def describe(plan: Plan, data: Path, processes: Processes) -> str:
    """Return the plan: questions, arms, number of trainings, and how long they will take."""
    lines = []
    for table in plan.tables:
        lines.append(f"{table.question.name}: {table.question.asks}")
        lines += [f"  {line.label}: {line.arm}" for line in table.lines]
    seeds = sorted({run.seed for run in plan.runs})
    arms = {run.arm: run.settings for run in reversed(plan.runs)}
    of_arm = expected_seconds(data, arms, processes)
    total = timedelta(seconds=round(sum(of_arm[run.arm] for run in plan.runs)))
    lines.append(
        f"{len(plan.runs)} trainings: {len(arms)} arms, seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"
    )
    lines.append(
        f"GAN training: about {total} in all; text stages (once for each seed) and evaluations come on top"
    )
    return "\n".join(lines)


def parse_seeds(text: str) -> Sequence[int]:
    """Return the seeds that "0,1,2" lists, or as many as "3" says, from 0.

    Raises:
        InputError: It is neither, a seed is given twice, or a number is too large.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    seeds = [int(part) for part in parts if part.isdecimal() and len(part) <= MOST_DIGITS]
    if not parts or len(set(seeds)) < len(parts):
        raise InputError("--seeds", "different numbers such as 0,1,2, or how many", shorten(text, 60))
    if len(seeds) > 1 or "," in text:
        return seeds
    (count,) = seeds
    if not 1 <= count <= MOST_SEEDS:
        raise InputError("--seeds", f"1 to {MOST_SEEDS}", count)
    return range(count)
