"""Find a model by the name of a bundled one, by its folder, or by its id on the Hugging Face Hub."""

from __future__ import annotations

import re
from pathlib import Path

from admagan.errors import InputError
from admagan.schema.base import shorten
from admagan.schema.model_folder import CONFIG

DEFAULT_MODEL = "avatars"
BUNDLED = Path(__file__).resolve().parent.parent / "models"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def bundled_models() -> dict[str, Path]:
    """Return name -> folder of the models that are a part of the package."""
    return {path.parent.name: path.parent for path in sorted(BUNDLED.glob(f"*/{CONFIG}"))}


def find_model(model: str | Path) -> Path:
    """Return the folder of a model; what only the Hub has is downloaded first.

    Raises:
        InputError: There is no such model.
    """
    bundled = bundled_models()
    if str(model) in bundled:
        return bundled[str(model)]
    path = Path(model).expanduser()
    if _exists(path):
        return path
    if is_hub_id(model):
        from admagan.runtime.hub import download

        return download(str(model))
    names = ", ".join(bundled) or "none"
    raise InputError(
        "model",
        f"a bundled model ({names}), a model folder, or a Hub id such as user/name",
        shorten(str(model)),
    )


def is_hub_id(model: str | Path) -> bool:
    """Return whether `model` can only be meant as user/name on the Hub: a path whose folder exists is a path."""
    return isinstance(model, str) and _HUB_ID.fullmatch(model) is not None and not _exists(Path(model).parent)


def _exists(path: Path) -> bool:
    """Return whether there is something at `path`; no path at all (too long, with a zero in it) is nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
