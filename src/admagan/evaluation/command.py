"""What `admagan evaluate` prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from admagan.evaluation.page import HEADLINES, KINDS, interval, shown
from admagan.evaluation.protocol import Request, evaluate
from admagan.evaluation.report import PAGE
from admagan.schema.report import Figure, Report

if TYPE_CHECKING:
    from admagan.runtime.pipeline import AdmaGAN


def run_evaluate(
    model: AdmaGAN, data: Path, out: Path, request: Request, compare: Path | None, as_json: bool
) -> None:
    """Evaluate, and print the report as JSON or its first figures with the place of the page."""
    report = evaluate(model, data, out, request, compare)
    print(report.model_dump_json(indent=2) if as_json else summary(report, out))


def summary(report: Report, out: Path) -> str:
    """Return the most important figures: of real pictures, of annotated attributes, of attributes read."""
    lines = [f"{'':28}" + "".join(f"{kind:>26}" for kind in KINDS)]
    for name, network in HEADLINES:
        cells = [report.figure(name, kind, network) for kind in KINDS]
        if any(cells):
            lines.append(f"{name + ', ' + network:28}" + "".join(f"{_cell(cell):>26}" for cell in cells))
    return "\n".join([*lines, str(out / PAGE)])


def _cell(figure: Figure | None) -> str:
    return f"{shown(figure.value)} ({interval(figure)})" if figure else "–"
