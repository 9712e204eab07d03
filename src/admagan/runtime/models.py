"""Find a model by the name of a bundled one, by its folder, or by its id on the Hugging Face Hub."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from admagan.errors import InputError
from admagan.files import is_there
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
    name, bundled = str(model), bundled_models()
    if name in bundled:
        return bundled[name]
    path = _expanded(model)
    if name and is_there(path):
        return path
    if is_hub_id(model):
        from admagan.runtime.hub import download

        return download(name)
    raise InputError(
        "model",
        f"a bundled model ({', '.join(bundled) or 'none'}), a model folder, or a Hub id such as user/name",
        shorten(name),
        f"Nearest: {near[0]}." if (near := difflib.get_close_matches(name, bundled, n=1)) else "",
    )


def is_hub_id(model: str | Path) -> bool:
    """Return whether `model` can only be meant as user/name on the Hub: a path whose folder exists is a path."""
    return isinstance(model, str) and is_hub_name(model) and not is_there(Path(model).parent)


def is_hub_name(name: str) -> bool:
    """Return whether `name` has the form user/name."""
    return _HUB_ID.fullmatch(name) is not None


def _expanded(model: str | Path) -> Path:
    """Return a path with `~` and `~user` replaced; as it is where there is no such user."""
    try:
        return Path(model).expanduser()
    except RuntimeError:
        return Path(model)
