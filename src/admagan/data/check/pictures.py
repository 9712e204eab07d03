"""Checks of the image files that records name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from admagan.data.augment import cub_box
from admagan.data.check.findings import Finding, Severity
from admagan.data.check.subject import Picture, Subject
from admagan.data.images import NO_SUCH_FILE
from admagan.data.manifest import Entry
from admagan.errors import InputError
from admagan.schema.base import shorten
from admagan.schema.model import SMALLEST

EXTENSIONS = {
    "JPEG": {".jpg", ".jpeg", ".jfif", ".jpe"},
    "MPO": {".jpg", ".jpeg", ".mpo"},
    "TIFF": {".tif", ".tiff"},
    "JPEG2000": {".jp2", ".j2k", ".jpx", ".jpf", ".j2c"},
    "PPM": {".ppm", ".pgm", ".pbm", ".pnm"},
}
"""Usual endings of file names per format; of all others it is the format's name."""
MOST_ELONGATED = 4
"""Ratio of the sides from which cutting a square loses most of a picture."""


class Trait(NamedTuple):
    """Something that a picture is, for better or worse."""

    check: str
    severity: Severity
    message: str
    mend: str


def unusable_pictures(subject: Subject) -> Iterator[Finding]:
    """Images that are missing or cannot be read."""
    alike = {name.casefold(): name for name in subject.files}
    for entry in subject.manifest.entries:
        error = subject.pictures[entry.path]
        if not isinstance(error, InputError):
            continue
        name = entry.record.file_name
        if error.found == NO_SUCH_FILE:
            other = alike.get(name.replace("\\", "/").removeprefix("./").casefold())
            mend = (
                f"The folder has {shorten(other)}: correct the name."
                if other
                else "Add it, or correct the name."
            )
            check, message = "image-missing", f"{shorten(name)} is not there"
        else:
            mend = error.hint or "Replace the image."
            check, message = (
                "image-unreadable",
                f"{shorten(name)}: expected {error.expected}, found {error.found}",
            )
        mend += " `--fix` leaves the record out."
        yield Finding(check, "error", subject.file.name, entry.line, message, mend, drop=True)


def picture_traits(subject: Subject) -> Iterator[Finding]:
    """What is unusual about pictures that can be read: kinds that are converted, flat or tiny ones, …"""
    for entry, picture in subject.readable:
        for trait in _traits(entry, picture):
            message = f"{shorten(entry.record.file_name)} {trait.message}"
            yield Finding(trait.check, trait.severity, subject.file.name, entry.line, message, trait.mend)


def _traits(entry: Entry, picture: Picture) -> Iterator[Trait]:
    yield from _kind(picture)
    usual = EXTENSIONS.get(picture.format, {f".{picture.format.lower()}"})
    if entry.path.suffix.lower() not in usual:
        mend = "Rename it: admagan goes by the content, other programs may not."
        yield Trait("image-extension", "note", f"is a {picture.format} file", mend)
    if not picture.inside:
        mend = "Copy the image into the folder, or the data set breaks when it is moved."
        yield Trait("image-outside", "warning", "is a link that leaves the data set folder", mend)
    short, long = sorted(picture.size)
    if short < SMALLEST:
        mend = "It will be blown up and blurred: use a larger original."
        yield Trait("image-tiny", "warning", f"is only {picture.size[0]} x {picture.size[1]} pixels", mend)
    if long > MOST_ELONGATED * short:
        mend = "Most of it is cut off or squeezed: give a bbox, or crop it."
        yield Trait("image-elongated", "warning", f"is {picture.size[0]} x {picture.size[1]} pixels", mend)
    if picture.spread == 0:
        yield Trait("image-flat", "warning", "is one flat colour", "Replace the image.")
    if entry.record.bbox is not None and not _has_box(picture.size, entry.record.bbox):
        size = f"{picture.size[0]} x {picture.size[1]}"
        message = f"has its bbox {list(entry.record.bbox)} outside the picture of {size}, or far too small"
        mend = "Give x, y, width and height in pixels of the upright image, not as shares of it."
        yield Trait("bbox-outside", "error", message, mend)


def _kind(picture: Picture) -> Iterator[Trait]:
    """Kinds of pictures that decoding converts."""
    if picture.sixteen_bit:
        yield Trait("image-16bit", "note", "has 16 bits per channel", "It is scaled to 8 bits.")
    if picture.mode == "CMYK":
        mend = "It is converted without a colour profile: save it as sRGB if colours look wrong."
        yield Trait("image-cmyk", "note", "is in print colours (CMYK)", mend)
    if picture.mode == "P":
        yield Trait("image-palette", "note", "has a palette of colours", "It is converted to RGB.")
    if picture.transparent:
        mend = "It is laid over white: lay it over another colour yourself if white is wrong."
        yield Trait("image-alpha", "note", "has transparency", mend)
    if picture.orientation in range(2, 9):  # others are no orientations
        mend = "It is turned upright; a bbox counts in the upright picture."
        yield Trait("image-rotated", "note", f"is turned by its EXIF orientation {picture.orientation}", mend)
    if picture.frames > 1:
        yield Trait("image-animated", "note", f"has {picture.frames} frames", "Only the first is used.")


def _has_box(size: tuple[int, int], bbox: tuple[float, float, float, float]) -> bool:
    """Return whether training can cut the box out."""
    try:
        cub_box(size, bbox)
    except InputError:
        return False
    return min(bbox[2:]) > 0


def unnamed_images(subject: Subject) -> Iterator[Finding]:
    """Images below the folder that no record names."""
    named = {entry.path.relative_to(subject.root).as_posix() for entry in subject.manifest.entries}
    endings = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"}
    others = sorted(name for name in subject.files - named if name[name.rfind(".") :].lower() in endings)
    if others:
        message = f"{len(others):,} images are named by no record, such as {shorten(others[0])}"
        mend = "Write records for them if they belong to the data set."
        yield Finding("image-unnamed", "note", subject.file.name, None, message, mend)
