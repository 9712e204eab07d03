"""Pictures of any kind as 8-bit RGB, safely: the one place where image files are decoded."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from admagan.errors import InputError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM")
"""Formats that are read. Others are refused: some of Pillow's decoders run outside programs."""
MAX_PIXELS = 89_478_485
"""Larger pictures are refused before they are decoded: 268 MB as RGB, and Pillow's own limit."""
MAX_BYTES = 256 * 2**20
"""Larger files are refused before they are read."""
NO_SUCH_FILE = "no such file"
"""What `InputError.found` says of a missing image."""
SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N", "I")

# Pillow warns of sizes that are refused here anyway and of odd tags in pictures that decode all the same.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True)
class Decoded:
    """A picture and what its file was like."""

    rgb: Image.Image
    """Mode RGB, upright, transparency laid over white."""
    format: str
    """As Pillow names it: JPEG, PNG, …"""
    mode: str
    """As stored: RGB, L, P, RGBA, CMYK, I;16, …"""
    sixteen_bit: bool
    """Whether its channels have 16 bits, of which the upper 8 are kept."""
    orientation: int
    """EXIF orientation; 1 is upright."""
    transparent: bool
    """Whether it may have transparent pixels."""
    frames: int
    """More than one in animations, of which the first is taken."""


def read_image(path: Path) -> bytes:
    """Return the content of an image file; `InputError` where it is missing, empty, too large or no file."""
    try:
        if not path.is_file():
            found = "something else" if path.exists() else NO_SUCH_FILE
            raise InputError(str(path), "an image file", found)
        size = path.stat().st_size
        if size == 0 or size > MAX_BYTES:
            raise InputError(str(path), f"an image of 1 to {MAX_BYTES:,} bytes", f"{size:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), "a readable image file", error.strerror) from error


def decode_image(data: bytes, where: str) -> Decoded:
    """Decode an image file's content; `InputError` at `where` if damaged, too large or of another kind."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _refuse_by_header(image, where)
            sixteen_bit = _is_sixteen_bit(image)  # reading the pixels forgets it
            return Decoded(
                _to_rgb(image),
                str(image.format),
                image.mode,
                sixteen_bit,
                image.getexif().get(ExifTags.Base.Orientation, 1),
                image.has_transparency_data,
                getattr(image, "n_frames", 1),
            )
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(where, f"at most {MAX_PIXELS:,} pixels", error) from error
    except UnidentifiedImageError as error:
        hint = "Convert it to JPEG or PNG."
        raise InputError(where, f"a picture ({', '.join(FORMATS)})", _unknown(data), hint) from error
    # Damaged data makes Pillow's decoders raise nearly anything: OSError, SyntaxError, struct.error, …
    except Exception as error:
        raise InputError(where, "a whole, undamaged picture", error or type(error).__name__) from error


def _to_rgb(image: Image.Image) -> Image.Image:
    """Return `image` upright and as 8-bit RGB: 16-bit grey is scaled, transparency laid over white."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode in SIXTEEN_BIT:
        grey = np.clip(np.asarray(upright, dtype=np.int64), 0, 65535) // 257
        upright = Image.fromarray(grey.astype(np.uint8))
    if not upright.has_transparency_data:
        return upright.convert("RGB")
    rgba = upright.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")


def _refuse_by_header(image: Image.Image, where: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InputError(where, f"at most {MAX_PIXELS:,} pixels", f"{width} x {height}", "Make it smaller.")
    if image.mode == "F":
        raise InputError(where, "8 or 16 bits per channel", "floating-point pixels", "Convert it to PNG.")


def _is_sixteen_bit(image: Image.Image) -> bool:
    """Tell by how the file stores its pixels: Pillow opens 16-bit colour as plain RGB."""
    stored = " ".join(str(tile.args) for tile in getattr(image, "tile", ()))
    return image.mode in SIXTEEN_BIT or any(kind in stored for kind in (";16B", ";16L", ";16N"))


def _unknown(data: bytes) -> str:
    """Name what a file is that no decoder knew, from its first bytes."""
    head = data[:512].lstrip().lower()
    if data[4:8] == b"ftyp":
        return "a HEIC picture or a video"
    if head.startswith((b"<svg", b"<?xml")):
        return "an SVG drawing"
    if head.startswith((b"<!doctype html", b"<html")):
        return "a web page (a failed download?)"
    return "a file of another kind, or damaged"
