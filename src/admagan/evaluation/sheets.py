"""The pictures of a report: samples beside real pictures, and beside the training pictures nearest to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from admagan.evaluation.measure import Measured
from admagan.evaluation.real import RealData
from admagan.evaluation.subject import Subject
from admagan.metrics.pictures import Pixels
from admagan.runtime.sheet import LINE_HEIGHT, PAPER, text_height, write_lines

SAMPLES, EACH = 12, 3
SUSPECTS = 7
"""Pictures nearest to the training set that are shown, and as many at random."""
SMALL, LARGE = 80, 112
"""Sides of pictures in pixels; about what a page is wide for."""
GAP, BREAK, MARGIN = 4, 20, 16


@dataclass(frozen=True)
class Strip:
    """Pictures in a row, with a line of text below."""

    pictures: Sequence[Pixels]
    """uint8 (S,S,3) each."""
    caption: str


@dataclass(frozen=True)
class Column:
    """Strips below each other under one row of headings."""

    headings: Sequence[tuple[str, int]]
    """Text, and how many pictures it stands over; there is a wider gap before the next."""
    strips: Sequence[Strip]


def sample_sheet(subject: Subject, real: RealData) -> Image.Image:
    """Show pictures of the first captions: the real one, three of annotated attributes and three of those read."""
    plan = subject.plan
    first = np.sort(np.unique(plan.text, return_index=True)[1])[:SAMPLES]
    made = [np.concatenate(list(subject.variants(kind, first, EACH))) for kind in ("annotated", "read")]
    strips = [
        Strip(
            [
                *real.evaluated.pictures.pixels(plan.rows[[sample]]),
                *(picture for pictures in made for picture in pictures[place * EACH : (place + 1) * EACH]),
            ],
            plan.texts[plan.text[sample]],
        )
        for place, sample in enumerate(first.tolist())
    ]
    headings = [
        ("real", 1),
        ("from annotated attributes", EACH),
        ("from attributes read in the caption", EACH),
    ]
    half = -(-len(strips) // 2)
    columns = [Column(headings, part) for part in (strips[:half], strips[half:]) if part]
    return draw_columns(columns, SMALL)


def neighbour_sheet(subject: Subject, real: RealData, measured: Measured) -> Image.Image:
    """Show generated pictures with their nearest training pictures: the most suspicious ones, and some as they come."""
    usual = float(np.median(measured.distances[:, 0]))
    by_distance = np.argsort(measured.distances[:, 0], kind="stable")
    columns = []
    for title, chosen in (
        ("nearest of all", by_distance[:SUSPECTS]),
        ("as they come", np.arange(len(by_distance))[:SUSPECTS]),
    ):
        generated = subject.chosen("annotated", chosen)
        strips = [
            Strip(
                [generated[place], *real.train.pictures.pixels(measured.nearest[sample])],
                f"distance {measured.distances[sample, 0] / usual:.2f} of the usual",
            )
            for place, sample in enumerate(chosen.tolist())
        ]
        columns.append(
            Column(
                [("generated", 1), (f"nearest training pictures ({title})", measured.nearest.shape[1])],
                strips,
            )
        )
    return draw_columns(columns, LARGE)


def draw_columns(columns: Sequence[Column], side: int) -> Image.Image:
    """Draw columns beside each other, pictures `side` pixels wide."""
    places = [_places(column, side) for column in columns]
    row = side + LINE_HEIGHT + 2 * GAP
    top = MARGIN + max(
        text_height([text], _over(count, side)) for column in columns for text, count in column.headings
    )
    height = top + row * max(len(column.strips) for column in columns) + MARGIN
    paper = Image.new("RGB", (sum(xs[-1] + side + 2 * MARGIN for xs in places), height), PAPER)
    left = MARGIN
    for column, xs in zip(columns, places, strict=True):
        _write_headings(paper, column, xs, left, side)
        width = xs[-1] + side
        for number, strip in enumerate(column.strips):
            y = top + number * row
            for pixels, x in zip(strip.pictures, xs, strict=True):
                paper.paste(_shown(pixels, side), (left + x, y))
            write_lines(paper, [_one_line(strip.caption, width)], left, y + side + 2, width)
        left += width + 2 * MARGIN
    return paper


def _places(column: Column, side: int) -> list[int]:
    """Return how far from the left each picture of a strip stands."""
    places, x = [], 0
    for _, count in column.headings:
        places += [x + i * (side + GAP) for i in range(count)]
        x += count * (side + GAP) - GAP + BREAK
    return places


def _write_headings(paper: Image.Image, column: Column, xs: Sequence[int], left: int, side: int) -> None:
    first = 0
    for text, count in column.headings:
        write_lines(paper, [text], left + xs[first], MARGIN, _over(count, side))
        first += count


def _over(pictures: int, side: int) -> int:
    """Return how wide a heading over this many pictures may be."""
    return pictures * (side + GAP) - GAP + BREAK // 2


def _shown(pixels: Pixels, side: int) -> Image.Image:
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    return picture if picture.width == side else picture.resize((side, side), Image.Resampling.BICUBIC)


def _one_line(text: str, width: int) -> str:
    """Cut a caption to about what fits into one line."""
    most = width // 7
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
