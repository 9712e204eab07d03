"""What the HTML pages of all commands have in common: templates that escape what they show, and pictures inside."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image


def templates(package: str, folder: str = "", **filters: Callable[..., Any]) -> Environment:
    """Return the templates in a folder of a package; what they show is escaped, and a name they lack is an error."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=PackageLoader(package, folder),
        auto_reload=False,  # the files are a part of the package
    )
    environment.filters |= filters
    return environment


def inline(picture: Image.Image, kind: str = "PNG", **options: Any) -> str:
    """Return a picture as a data URL; options are those of Pillow's `save`."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return data_url(kind, buffer.getvalue())


def data_url(kind: str, content: bytes) -> str:
    """Return the content of a picture's file, PNG or JPEG, as a data URL."""
    return f"data:image/{kind.lower()};base64,{base64.b64encode(content).decode()}"
