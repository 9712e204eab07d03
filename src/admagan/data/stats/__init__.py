"""`admagan data stats`: a page and pictures that show what is in a data set and what training makes of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from admagan.data.manifest import read_manifest
from admagan.data.stats.collect import Statistics, collect
from admagan.errors import missing_extra
from admagan.files import refuse_other_folder, written_aside

__all__ = ["Statistics", "collect", "write_stats"]

JSON, PAGE = "stats.json", "index.html"
CHARTS = ("samples.png", "attributes.png", "captions.png", "correlation.png")


def write_stats(root: Path, out: Path) -> Path:
    """Describe the data set folder `root` in the folder `out`: index.html, PNG files, stats.json; return the page.

    The folder is written whole or not at all. Raises `InputError` for a bad record, or where `out` holds
    anything but an earlier report.
    """
    out = Path(out).absolute()
    refuse_other_folder(out, JSON, (PAGE, *CHARTS))
    manifest = read_manifest(root)
    try:
        from admagan.data.stats.page import draw_charts, render
    except ModuleNotFoundError as error:
        raise missing_extra(error.name or "matplotlib", "train", "charts") from error
    statistics = collect(manifest)
    charts = draw_charts(statistics)
    with written_aside(out) as aside:
        aside.mkdir()
        for name, content in charts.items():
            (aside / name).write_bytes(content)
        (aside / PAGE).write_text(render(statistics, charts), encoding="utf-8")
        text = json.dumps(to_json(statistics), ensure_ascii=False, indent=2)
        (aside / JSON).write_text(text + "\n", encoding="utf-8")
    return out / PAGE


def to_json(statistics: Statistics) -> dict[str, Any]:
    """Return the numbers of the report as plain JSON values."""
    captions, correlation, tags = statistics.captions, statistics.correlation, statistics.tags
    mining = statistics.mining
    return {
        "fingerprint": statistics.manifest.fingerprint(),
        "splits": dict(statistics.sizes),
        "unknown_share": statistics.unknown,
        "attributes": [attribute.model_dump(mode="json") for attribute in statistics.bank.attributes],
        "captions": {
            "count": captions.count,
            "distinct": captions.distinct,
            "per_picture": captions.per_picture,
            "longest_tokens": int(captions.tokens.max(initial=0)),
            "mean_tokens": float(captions.tokens.mean()) if captions.count else 0.0,
            "cut_share": captions.cut,
            "frequent_words": dict(captions.frequent),
        },
        "correlation": {
            "tau": correlation.tau,
            "links": correlation.links,
            "pairs": [asdict(pair) for pair in correlation.pairs],
            "alone": list(correlation.alone),
        },
        "tags": None
        if tags is None
        else {
            "threshold": tags.threshold,
            "images": tags.images,
            "tagged": tags.tagged,
            "merged": {name: list(others) for name, others in tags.merged.items()},
            "dropped": [asdict(tag) for tag in tags.dropped],
        },
        "mining": None if mining is None else asdict(mining),
    }
