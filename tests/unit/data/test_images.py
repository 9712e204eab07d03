"""Decoding: every kind of picture becomes upright 8-bit RGB over white, every damaged one an error."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from admagan.data.images import MAX_PIXELS, decode_image, read_image
from admagan.errors import InputError

pytestmark = pytest.mark.filterwarnings(r"ignore:::PIL\.")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


OLD_PILLOW = int(PIL.__version__.split(".")[0]) < 13


def ramp(size: int = 32) -> Image.Image:
    row = np.linspace(0, 255, size, dtype=np.uint8)
    return Image.fromarray(np.stack([np.tile(row, (size, 1))] * 3, axis=-1))


@pytest.mark.parametrize(
    "mode",
    [
        *("L", "P", "1", "CMYK", "RGB", "RGBA", "LA"),
        pytest.param(
            "YCbCr", marks=pytest.mark.skipif(OLD_PILLOW, reason="Pillow 12 cannot read what it writes")
        ),
    ],
)
def test_every_mode_becomes_rgb(mode: str) -> None:
    kind = {"CMYK": "TIFF", "YCbCr": "TIFF"}.get(mode, "PNG")
    decoded = decode_image(encoded(ramp().convert(mode), kind), "x")
    assert (decoded.rgb.mode, decoded.rgb.size, decoded.mode) == ("RGB", (32, 32), mode)
    columns = np.asarray(decoded.rgb, dtype=float).mean(axis=(0, 2))
    assert columns[:8].mean() < 60
    assert columns[-8:].mean() > 195


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_cut(kind: str) -> None:
    values = np.linspace(0, 65535, 64, dtype=np.uint16).reshape(8, 8)
    decoded = decode_image(encoded(Image.fromarray(values), kind), "x")
    expected = np.round(values / 257)
    assert np.abs(np.asarray(decoded.rgb)[..., 0] - expected).max() <= 1


def test_transparency_is_laid_over_white() -> None:
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    image.putpixel((1, 0), (255, 0, 0, 255))
    decoded = decode_image(encoded(image, "PNG"), "x")
    assert decoded.transparent
    assert [decoded.rgb.getpixel((x, 0)) for x in (0, 1)] == [(255, 255, 255), (255, 0, 0)]


def test_a_transparent_palette_colour_is_white() -> None:
    image = Image.new("P", (1, 1), 0)
    image.putpalette([0, 0, 0] * 256)
    decoded = decode_image(encoded(image, "PNG", transparency=0), "x")
    assert decoded.rgb.getpixel((0, 0)) == (255, 255, 255)


def test_pictures_are_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode_image(encoded(Image.new("RGB", (20, 10)), "JPEG", exif=exif), "x")
    assert (decoded.rgb.size, decoded.orientation) == ((10, 20), 6)


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    decoded = decode_image(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "x")
    assert decoded.frames == 2
    assert decoded.rgb.getpixel((0, 0)) == (255, 0, 0)


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(MAX_PIXELS + 1, 1), (100_000, 100_000)])
def test_bombs_are_refused_by_their_header(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="at most"):
        decode_image(bomb(*size), "x.png")


def damaged(tmp_path: Path) -> dict[str, Path]:
    jpeg = encoded(ramp(64), "JPEG")
    contents = {
        "truncated.jpg": jpeg[: len(jpeg) // 2],
        "empty.jpg": b"",
        "page.jpg": b"<!DOCTYPE html><html></html>",
        "drawing.svg": b"<svg></svg>",
        "photo.heic": b"\0\0\0\x18ftypheic" + b"\0" * 32,
        "script.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        "float.tiff": encoded(Image.new("F", (2, 2)), "TIFF"),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    return {name: tmp_path / name for name in [*contents, "folder.jpg", "pipe.jpg", "missing.jpg", "x" * 300]}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("truncated.jpg", "truncated"),
        ("empty.jpg", "0 bytes"),
        ("page.jpg", "a web page"),
        ("drawing.svg", "an SVG drawing"),
        ("photo.heic", "HEIC"),
        ("script.eps", "another kind"),
        ("float.tiff", "floating-point"),
        ("folder.jpg", "something else"),
        ("pipe.jpg", "something else"),
        ("missing.jpg", "no such file"),
        ("x" * 300, "x" * 300),
    ],
)
def test_damage_is_named(tmp_path: Path, name: str, found: str) -> None:
    path = damaged(tmp_path)[name]
    with pytest.raises(InputError) as raised:
        decode_image(read_image(path), str(path))
    assert str(path) in raised.value.where
    assert found in str(raised.value)


SEEDS = [
    encoded(ramp(16).convert(mode), kind)
    for kind, mode in [
        ("PNG", "RGB"), ("PNG", "P"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("GIF", "P"), ("BMP", "RGB"),
        ("TIFF", "RGB"), ("WEBP", "RGBA"), ("PPM", "RGB"), ("JPEG2000", "RGB"), ("AVIF", "RGB"),
    ]
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
)
def test_damaged_bytes_give_a_picture_or_an_input_error(
    seed: bytes, cut: float, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(seed)
    for place, value in changes:
        data[int(place * len(data))] = value
    content = bytes(data) if cut > 0.5 else bytes(data[: int(2 * cut * len(data))])
    try:
        decoded = decode_image(content, "somewhere/x.jpg")
    except InputError as error:
        assert error.where == "somewhere/x.jpg"  # noqa: PT017
    else:
        assert decoded.rgb.mode == "RGB"
