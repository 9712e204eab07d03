"""From the figures of single runs to means over seeds, their spread, and what that spread carries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from admagan.ablation.folder import Finished
from admagan.ablation.plan import Line, Table
from admagan.evaluation.page import HEADLINES
from admagan.schema.report import Figure, Pictures

T_QUANTILES = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
)
"""Of Student's distribution at 97.5 %, for 1 degree of freedom and more; the last stands for all beyond."""

GENERATED: tuple[Pictures, ...] = ("annotated", "read")

Values = Mapping[int, float]
"""Seed -> figure."""


@dataclass(frozen=True)
class Column:
    """A figure of the tables."""

    name: str
    network: str
    better: str
    """lower or higher."""


@dataclass(frozen=True)
class Difference:
    """How much higher a figure is than the reference line's, over the seeds that both have."""

    mean: float
    low: float
    """Lower end of the 95 % confidence interval of Student's paired test; -inf for a single seed."""
    high: float

    @property
    def carried(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Cell:
    """A figure of one arm."""

    values: Values
    difference: Difference | None
    """None for the reference line itself, and where no seed is shared with it."""

    @property
    def mean(self) -> float:
        """Over seeds; NaN where there is none."""
        return fmean(self.values.values()) if self.values else math.nan

    @property
    def spread(self) -> float | None:
        """Standard deviation over seeds, with one less in the denominator; None for fewer than two."""
        return stdev(self.values.values()) if len(self.values) > 1 else None


@dataclass(frozen=True)
class Row:
    """An arm in a table."""

    line: Line
    runs: tuple[Finished, ...]
    """One for each seed that is done."""
    cells: Mapping[tuple[Pictures, Column], Cell]

    @property
    def images(self) -> float:
        """Training images seen, mean over seeds."""
        return fmean(one.record.images for one in self.runs)

    @property
    def minutes(self) -> float:
        """Wall time of training, mean over seeds."""
        return fmean(one.record.seconds for one in self.runs) / 60


@dataclass(frozen=True)
class Answered:
    """A question's table, as far as it is done."""

    table: Table
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    """Of the arms that have a finished run."""
    real: Mapping[Column, float]
    """What real pictures reach, for some columns."""


def answer(table: Table, done: Sequence[Finished]) -> Answered:
    """Fill in a table with what is done."""
    runs = {line: tuple(one for one in done if one.run.arm == line.arm) for line in table.lines}
    columns = columns_of(done)
    rows = []
    for line in table.lines:
        cells: dict[tuple[Pictures, Column], Cell] = {}
        for kind in GENERATED:
            for column in columns:
                there = values_of(runs[table.reference], kind, column)
                here = values_of(runs[line], kind, column)
                cells[kind, column] = Cell(here, None if line == table.reference else compare(here, there))
        if runs[line]:
            rows.append(Row(line, runs[line], cells))
    return Answered(table, columns, tuple(rows), _of_real(done, columns))


def columns_of(done: Sequence[Finished]) -> tuple[Column, ...]:
    """Return the figures of the tables: those that head a report, and FID by every further network."""
    if not done:
        return ()
    report = done[0].report
    further = [("FID", name) for name in report.protocol.networks if ("FID", name) not in HEADLINES]
    named = [report.figure(name, "annotated", network) for name, network in (*HEADLINES, *further)]
    return tuple(
        Column(f.name, f.network, f.better) for f in named if f is not None and f.network is not None
    )


def values_of(runs: Sequence[Finished], pictures: Pictures, column: Column) -> dict[int, float]:
    """Return a figure of each run by its seed."""
    found: dict[int, Figure | None] = {
        one.run.seed: one.report.figure(column.name, pictures, column.network) for one in runs
    }
    return {seed: f.value for seed, f in found.items() if f is not None and f.value is not None}


def compare(here: Values, there: Values) -> Difference | None:
    """Return the mean of here - there over shared seeds with Student's paired interval; None where none is shared.

    Paired, because runs of one seed share text encoder, order of the pictures and noises.
    """
    differences = [here[seed] - there[seed] for seed in here if seed in there]
    if not differences:
        return None
    mean, count = fmean(differences), len(differences)
    if count < 2:
        return Difference(mean, -math.inf, math.inf)
    quantile = T_QUANTILES[min(count - 2, len(T_QUANTILES) - 1)]
    reach = quantile * stdev(differences) / math.sqrt(count)
    return Difference(mean, mean - reach, mean + reach)


def _of_real(done: Sequence[Finished], columns: Sequence[Column]) -> dict[Column, float]:
    figures = {column: values_of(done[:1], "real", column) for column in columns}
    return {column: next(iter(values.values())) for column, values in figures.items() if values}
