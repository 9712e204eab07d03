"""The report folder: report.json, report.html and pictures; and when two reports may be held against each other."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from admagan import __version__
from admagan.errors import InputError
from admagan.evaluation.charts import draw_attributes
from admagan.evaluation.measure import Measured
from admagan.evaluation.page import render
from admagan.evaluation.real import RealData
from admagan.evaluation.sheets import neighbour_sheet, sample_sheet
from admagan.evaluation.subject import Subject
from admagan.files import write_text, written_aside
from admagan.schema.base import shorten
from admagan.schema.report import Environment, EvaluationProtocol, ModelUsed, Report

if TYPE_CHECKING:
    from admagan.runtime.pipeline import AdmaGAN

JSON, PAGE = "report.json", "report.html"
SAMPLES, NEAREST, ATTRIBUTES = "samples.png", "nearest.png", "attributes.png"
FILES = (PAGE, SAMPLES, NEAREST, ATTRIBUTES)
"""What a report folder may hold beside `JSON`."""
PACKAGES = ("numpy", "onnxruntime", "pillow", "tokenizers", "torch")


def read_report(path: Path) -> Report:
    """Read a report folder, or the report.json in it.

    Raises:
        InputError: There is none, or it is of another layout.
    """
    file = path / JSON if path.is_dir() else path
    if not file.is_file():
        raise InputError(str(path), f"a report folder, which holds {JSON}", "none")
    return Report.read(file)


def refuse_other_protocol(here: EvaluationProtocol, there: EvaluationProtocol, name: str) -> None:
    """Raise an `InputError` that names every differing field, unless both protocols are the same."""
    differences = here.differences(there)
    if differences:
        listed = "; ".join(
            f"{field} is {shorten(mine, 40)} here, {shorten(theirs, 40)} there"
            for field, (mine, theirs) in differences.items()
        )
        raise InputError(
            f"--compare {name}",
            "a report made under the same protocol",
            listed,
            "Evaluate both models with the same options on the same data.",
        )


def write_report(
    report: Report, measured: Measured, subject: Subject, real: RealData, out: Path, other: Report | None
) -> None:
    """Write the report folder, whole or not at all; an earlier report at `out` is replaced."""
    pictures = {
        SAMPLES: sample_sheet(subject, real),
        NEAREST: neighbour_sheet(subject, real, measured),
    }
    if report.attributes:
        pictures[ATTRIBUTES] = draw_attributes(report)
    with written_aside(out) as folder:
        folder.mkdir()
        for name, picture in pictures.items():
            picture.save(folder / name)
        report.write(folder / JSON)
        write_text(folder / PAGE, render(report, pictures, other))


def model_used(model: AdmaGAN) -> ModelUsed:
    """Say which model it is."""
    config = model.folder.config
    files = json.dumps(config.files, sort_keys=True)
    return ModelUsed(
        name=config.name,
        sha256=hashlib.sha256(files.encode()).hexdigest(),
        version=config.version,
        images_seen=config.images_seen,
        memory=config.memory.mode,
        teachers=config.teachers,
    )


def environment() -> Environment:
    """Say what it is computed with."""
    versions = {"admagan": __version__, "python": platform.python_version()}
    versions |= {package: version(package) for package in PACKAGES}
    return Environment(versions=versions, threads=torch.get_num_threads(), processor=_processor())


def _processor() -> str:
    """Return the processor's name, as Linux gives it; elsewhere what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
