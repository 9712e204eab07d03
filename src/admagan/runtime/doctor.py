"""What `admagan models` and `admagan doctor` print: which models there are, and whether this machine can run them."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from admagan import __version__
from admagan.errors import InputError, install_command
from admagan.runtime.fonts import font_for
from admagan.runtime.models import bundled_models, find_model
from admagan.runtime.pipeline import AdmaGAN

State = Literal["ok", "missing", "broken"]

_CORE = ("numpy", "pillow", "onnxruntime", "tokenizers", "pydantic", "huggingface-hub", "safetensors")
_EXTRAS = {"train": ("torch", "onnx", "webdataset"), "serve": ("fastapi", "uvicorn", "gradio")}


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    state: State
    """broken: something that is there does not work; missing: something optional is not there."""
    detail: str


def list_models(as_json: bool = False) -> None:
    """Print the bundled models."""
    models: list[dict[str, Any]] = [
        {
            "name": name,
            "size": model.size,
            "attributes": len(model.attributes),
            "languages": list(model.folder.config.languages),
            "licence": model.folder.config.licence,
            "megabytes": round(sum(file.stat().st_size for file in path.iterdir()) / 1e6, 1),
            "path": str(path),
        }
        for name, path in bundled_models().items()
        for model in (AdmaGAN.load(path),)
    ]
    if as_json:
        print(json.dumps({"models": models}, ensure_ascii=False))
        return
    for model in models:
        languages = ", ".join(model["languages"])
        print(
            f"{model['name']}: {model['size']} px, {model['attributes']} attributes, {languages}, "
            f"{model['licence']}, {model['megabytes']} MB\n  {model['path']}"
        )
    if not models:
        print("No model is bundled.")
    print("Any model folder works as well (admagan train writes RUN/model), and Hub ids such as user/name.")


def diagnose(model: str | None, as_json: bool = False) -> None:
    """Print what was looked at, and fail where something is broken.

    Args:
        model: Name, folder or Hub id of a model to look at; None: all bundled ones.
        as_json: Print one JSON object.

    Raises:
        InputError: Something that is there does not work.
    """
    findings = [*_machine(), *_packages(), *_models(model)]
    if as_json:
        print(json.dumps({"findings": [finding._asdict() for finding in findings]}, ensure_ascii=False))
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            print(f"{finding.state:8}{finding.what:{width}}  {finding.detail}")
    broken = [finding for finding in findings if finding.state == "broken"]
    if broken:
        raise InputError(broken[0].what, "it to work", broken[0].detail)


def _machine() -> Iterator[Finding]:
    yield Finding("admagan", "ok", f"{__version__} in {Path(__file__).resolve().parent.parent}")
    yield Finding("python", "ok", f"{platform.python_version()} ({sys.executable})")
    threads = os.environ.get("OMP_NUM_THREADS")
    cores = f"{os.cpu_count()} cores" + (f", OMP_NUM_THREADS={threads}" if threads else "")
    yield Finding("machine", "ok", f"{platform.machine()}, {platform.system()} {platform.release()}, {cores}")
    chinese = font_for("红色的帽子", 14) is not None
    without = "captions show attribute names instead; any font such as Noto Sans CJK mends that"
    yield Finding("Chinese font", "ok" if chinese else "missing", "found" if chinese else without)


def _packages() -> Iterator[Finding]:
    for name in _CORE:
        version = _version(name)
        yield Finding(name, "ok" if version else "broken", version or "not installed, but needed")
    for extra, names in _EXTRAS.items():
        for name in names:
            version = _version(name)
            absent = f"only needed for {extra}: {install_command(extra)}"
            yield Finding(name, "ok" if version else "missing", version or absent)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _models(model: str | None) -> Iterator[Finding]:
    paths = bundled_models() if model is None else {model: find_model(model)}
    if not paths:
        yield Finding("models", "missing", "none is bundled; give a model folder: admagan doctor FOLDER")
    for name, path in paths.items():
        try:
            yield Finding(f"model {name}", "ok", _tried(AdmaGAN.load(path)))
        except InputError as error:
            yield Finding(f"model {name}", "broken", str(error))


def _tried(model: AdmaGAN) -> str:
    """Look at every file of a model and make a few pictures."""
    model.folder.check()
    config = model.folder.config
    sentence = model.networks.sentence(np.ones((1, 3), np.int64))
    strengths = np.zeros((1, len(model.attributes)), np.float32)
    model.networks.logits(sentence)
    milliseconds = []
    for index in range(6):
        started = time.perf_counter()
        images = model.networks.images(model.noise(0, index)[None], sentence, strengths)
        milliseconds.append(1e3 * (time.perf_counter() - started))
        if not np.isfinite(images).all():
            raise InputError("generator.onnx", "finite pictures", "others")
    speed = statistics.median(milliseconds[1:])
    return f"{config.name}: {model.size} px, {len(model.attributes)} attributes, {speed:.1f} ms a picture"
