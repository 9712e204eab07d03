"""What `admagan evaluate` prints."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from admagan.errors import InputError
from admagan.evaluation.page import HEADLINES, KINDS, interval, shown
from admagan.evaluation.protocol import Request, evaluate
from admagan.evaluation.report import PAGE
from admagan.export.model_card import model_card
from admagan.files import write_text
from admagan.schema.model_folder import CARD
from admagan.schema.report import Figure, Pictures, Report

if TYPE_CHECKING:
    from admagan.runtime.pipeline import AdmaGAN

SHORT: dict[Pictures, str] = {
    "annotated": "annotated attributes",
    "read": "attributes read",
    "real": "real pictures",
}


def run_evaluate(
    model: AdmaGAN, data: Path, out: Path, request: Request, compare: Path | None, card: bool, as_json: bool
) -> None:
    """Evaluate, and print the report as JSON or its first figures with the place of the page.

    With `card`, these figures also go into the model's card.
    """
    report = evaluate(model, data, out, request, compare)
    if card:
        folder = model.folder
        write_text(folder.path / CARD, model_card(folder.config, folder.bank, scores(report)))
    print(report.model_dump_json(indent=2) if as_json else summary(report, out))


def summary(report: Report, out: Path) -> str:
    """Return the most important figures: of real pictures, of annotated attributes, of attributes read."""
    lines = [f"{'':28}" + "".join(f"{kind:>26}" for kind in KINDS)]
    for name, network in HEADLINES:
        cells = [report.figure(name, kind, network) for kind in KINDS]
        if any(cells):
            lines.append(f"{name + ', ' + network:28}" + "".join(f"{_cell(cell):>26}" for cell in cells))
    return "\n".join([*lines, str(out / PAGE)])


def require_card(model: Path, loaded: Path) -> None:
    """Raise an `InputError` unless `model` is the folder that was loaded, and its card can be written."""
    if not (model.is_dir() and model.samefile(loaded)):  # it may be the name of a bundled model, too
        raise InputError("--card", "a model folder as MODEL", str(model), "Leave --card out.")
    if not os.access(model, os.W_OK):
        raise InputError(f"--card: {model}", "a folder that can be written to", "one that can only be read")


def scores(report: Report) -> dict[str, str]:
    """Return what a model card says of the most important figures: measure -> value."""
    rows = {}
    for name, network in HEADLINES:
        cells = {kind: report.figure(name, kind, network) for kind in SHORT}
        values = [f"{SHORT[kind]} {_cell(figure)}" for kind, figure in cells.items() if figure]
        if values:
            rows[f"{name}, {network}"] = "; ".join(values)
    protocol = report.protocol
    rows["measured"] = (
        f"on {report.data}: {protocol.generated:,} pictures of each kind, {protocol.real:,} real ones of split "
        f"{protocol.split}; protocol {protocol.fingerprint()[:12]}; what the figures mean: docs/protocols.md of admagan"
    )
    return rows


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return shown(None)
    around = interval(figure)
    return f"{shown(figure.value)} ({around})" if around else shown(figure.value)
