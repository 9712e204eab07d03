"""The report as one HTML page that needs nothing beside it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from admagan import __version__
from admagan.bank import AttributeBank
from admagan.data.manifest import captions_of
from admagan.data.stats.charts import (
    CHART_DPI,
    MOST_CELLS,
    draw_attributes,
    draw_caption_lengths,
    draw_correlation,
    draw_samples,
)
from admagan.data.stats.collect import Correlation, Sample, Statistics
from admagan.pages import data_url, inline, templates

SHOWN, SHOWN_ALONE, MOST_DROPPED = 14, 60, 100
"""Attributes of a group that are not folded away, of the only group, and dropped tags that are listed."""
HEADING = 4
"""Height of a group's heading and margins, in bars."""
THUMBNAIL = 224
"""Longer side of the sample pictures on the page, in pixels."""


class Bar(NamedTuple):
    """One attribute in the list of frequencies."""

    name: str
    images: int
    share: float
    """Of the training images."""
    width: float
    """Percent of the longest bar of the group."""


class Group(NamedTuple):
    """The attributes of one group, the most frequent first."""

    name: str
    bars: list[Bar]


def draw_charts(statistics: Statistics) -> dict[str, bytes]:
    """Return file name -> PNG of all charts."""
    names = statistics.bank.names
    charts = {
        "samples.png": draw_samples(statistics.samples),
        "attributes.png": draw_attributes(statistics),
        "captions.png": draw_caption_lengths(statistics.captions),
    }
    if len(names) > 1:
        order = heat_map_order(statistics.bank, statistics.correlation)
        charts["correlation.png"] = draw_correlation(statistics.correlation, names, order)
    return charts


def render(statistics: Statistics, charts: dict[str, bytes]) -> str:
    """Return the page, with the pictures in it."""
    size = statistics.sizes["train"]
    bank, manifest = statistics.bank, statistics.manifest
    page = templates("admagan.data.stats").get_template("page.html")
    return page.render(
        name=manifest.root.name,
        folder=str(manifest.root),
        version=__version__,
        fingerprint=manifest.fingerprint(),
        records=len(manifest),
        sizes=statistics.sizes,
        samples=[_sample(sample) for sample in statistics.samples],
        bank=bank,
        columns=_columns(bank, size),
        shown=SHOWN if len(bank.groups) > 1 else SHOWN_ALONE,
        per_picture=sum(attribute.count for attribute in bank.attributes) / size,
        unknown=statistics.unknown,
        captions=statistics.captions,
        correlation=statistics.correlation,
        heat_map_part=MOST_CELLS if len(bank) > MOST_CELLS else None,
        tags=statistics.tags,
        mining=statistics.mining,
        most_dropped=MOST_DROPPED,
        charts={name: _chart(content) for name, content in charts.items()},
    )


def heat_map_order(bank: AttributeBank, correlation: Correlation) -> list[int]:
    """Return the most frequent attributes in an order that brings together those that occur together.

    That is the order of the second eigenvector of the graph's Laplacian, in which linked ones are neighbours.
    """
    most = sorted(range(len(bank)), key=lambda index: -bank.attributes[index].count)[:MOST_CELLS]
    links = correlation.probability[np.ix_(most, most)]
    links = np.maximum(links, links.T) + 1e-3
    np.fill_diagonal(links, 0)
    scale = 1 / np.sqrt(links.sum(axis=1))
    laplacian = np.eye(len(most)) - scale[:, None] * links * scale[None, :]
    second = np.linalg.eigh(laplacian)[1][:, 1] * scale
    return [most[place] for place in np.argsort(second, kind="stable").tolist()]


def _columns(bank: AttributeBank, images: int) -> list[list[Group]]:
    """Return the groups in up to three columns of about the same height."""
    columns: list[list[Group]] = [[], [], []]
    for group in sorted(_groups(bank, images), key=lambda group: -len(group.bars)):
        min(columns, key=lambda column: sum(HEADING + min(len(one.bars), SHOWN) for one in column)).append(
            group
        )
    return [column for column in columns if column]


def _groups(bank: AttributeBank, images: int) -> Iterator[Group]:
    for name, indices in bank.groups.items():
        attributes = sorted((bank.attributes[index] for index in indices), key=lambda one: -one.count)
        longest = max(1, attributes[0].count)
        bars = [Bar(one.name, one.count, one.count / images, 100 * one.count / longest) for one in attributes]
        yield Group(name, bars)


def _sample(sample: Sample) -> dict[str, Any]:
    picture = sample.image.copy()
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return {
        "picture": inline(picture, "JPEG", quality=85),
        "captions": captions_of(sample.entry.record),
        "tags": sample.tags,
        "split": sample.split,
    }


def _chart(content: bytes) -> dict[str, Any]:
    """Return a chart's picture and its width on the page, at which its letters are as large as the page's."""
    width = Image.open(io.BytesIO(content)).width
    return {"picture": data_url("PNG", content), "width": round(width * 96 / CHART_DPI)}
