"""Turn a drawing into the bytes of a PNG file."""

from __future__ import annotations

import io
import json
from functools import cache
from importlib.resources import files
from typing import Any

from PIL import Image

from admagan.data.sources.avatars.sampling import Drawing
from admagan.data.sources.avatars.tables import Edit, style_tables
from admagan.errors import InputError, missing_extra

_PURPOSE = "drawing avatars"
_OVERSAMPLING = (
    2  # from 1 to 2 the error against 8 falls by half; 4 takes three times as long and cannot be told apart
)


def render(drawing: Drawing, size: int) -> bytes:
    """Return the PNG of `drawing`, `size` pixels wide and high, RGB.

    It is drawn larger and averaged down: where edges meet, the renderer's own antialiasing leaves seams.
    """
    import resvg_py
    from dicebear import Avatar

    svg = Avatar(_style(drawing.source), drawing.options).to_string()
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size * _OVERSAMPLING, skip_system_fonts=True)
    with Image.open(io.BytesIO(png)) as image:
        opaque = Image.new("RGB", image.size, str(drawing.options["backgroundColor"]))
        opaque.paste(image, mask=image.getchannel("A"))
    result = io.BytesIO()
    opaque.resize((size, size), Image.Resampling.BOX).save(result, "PNG")
    return result.getvalue()


def check_packages() -> None:
    """Raise the error that names the extra to install, where a package for drawing is missing."""
    try:
        import dicebear  # noqa: F401
        import dicebear_styles  # noqa: F401
        import resvg_py  # noqa: F401
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name).replace("_", "-"), "train", _PURPOSE) from error


@cache
def definition(source: str) -> dict[str, Any]:
    """Return the definition of a style as its package ships it, with its licence under `meta`."""
    text = files("dicebear_styles").joinpath(f"{source}.json").read_text("utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


@cache
def _style(source: str) -> Any:
    from dicebear import Style

    parsed: dict[str, Any] = json.loads(json.dumps(definition(source)))
    (table,) = (table for table in style_tables() if table.source == source)
    for edit in table.edits:
        _edit(parsed, edit, source)
    return Style(parsed)


def _edit(parsed: dict[str, Any], edit: Edit, source: str) -> None:
    """Replace text in the canvas or in variants of a component, in place."""
    home: dict[str, Any] = parsed if edit.at == "canvas" else parsed["components"][edit.at]["variants"]
    for key in ["canvas"] if edit.at == "canvas" else edit.variants or list(home):
        before = json.dumps(home[key])
        after = before.replace(edit.find, edit.put)
        if after == before and (edit.variants or edit.at == "canvas"):
            raise InputError(
                f"style {source}, {edit.at} {key}",
                f"{edit.find} in it",
                "another definition",
                "Install the version of dicebear-styles that constraints.txt names.",
            )
        home[key] = json.loads(after)
