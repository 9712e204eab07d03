"""The report as one HTML page that needs nothing beside it and nothing of the network."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from markupsafe import Markup
from PIL import Image

from admagan.pages import inline, templates
from admagan.schema.report import Figure, Pictures, Report

KINDS: tuple[Pictures, ...] = ("real", "annotated", "read")
SAYS = {
    "FID": "distance of the sets of features, as Gaussians",
    "KID": "the same, without a bias from the number of pictures",
    "precision": "share of generated pictures that lie among real ones",
    "recall": "share of real pictures that lie among generated ones",
    "density": "how closely generated pictures are surrounded by real ones",
    "coverage": "share of real pictures with a generated one near by",
    "IS": "sure of each picture, unsure of all together",
    "attribute mAP": "the evaluator finds the attributes asked for",
    "attribute mAP, said": "the same, of what captions say alone",
    "top-1": "its first guess within a group of attributes is right",
    "R-precision": "a picture finds its caption",
    "diversity": "distance of pictures of one caption, over that of real pictures",
    "near copies": "share nearer to a training picture than 99 % of real ones",
    "distance to training": "distance to the nearest training picture, over that of real ones",
    "tagger precision": "of the attributes read in a caption, the picture has them",
    "tagger recall": "of the attributes of a picture, read in its caption",
    "tagger F1": "both together",
    "tagger F1, mean of attributes": "each attribute counts alike",
}
"""What a figure says, in a few words; docs/protocols.md has the rest."""
TITLES = (
    "Likeness",
    "Meaning: do pictures show what was asked for?",
    "Variety and copies",
    "Reading captions",
)
"""Of the tables, in order."""
HEADLINES = (
    ("FID", "efficientnet-lite0"),
    ("FID", "evaluator"),
    ("recall", "efficientnet-lite0"),
    ("R-precision", "matcher"),
    ("attribute mAP", "evaluator"),
    ("attribute mAP, said", "evaluator"),
    ("top-1", "evaluator"),
)


def render(report: Report, pictures: dict[str, Image.Image], other: Report | None = None) -> str:
    """Return the page.

    Args:
        report: What it shows.
        pictures: File name -> picture.
        other: A report under the same protocol, to set beside it.
    """
    page = templates("admagan.evaluation", figure=shown, interval=interval).get_template("page.html")
    protocol = report.protocol.model_dump(mode="json")
    return page.render(
        report=report,
        other=other,
        headlines=[row for name, network in HEADLINES if (row := _row(report, other, name, network))],
        sections=_sections(report, other),
        networks=protocol.pop("networks"),
        protocol=protocol,
        fingerprint=report.protocol.fingerprint(),
        pictures={name: inline(picture, optimize=True) for name, picture in pictures.items()},
        style=style(),
    )


def style() -> Markup:
    """Return the style sheet of reports."""
    return Markup(files("admagan.evaluation").joinpath("style.css").read_text(encoding="utf-8"))  # noqa: S704


def _sections(report: Report, other: Report | None) -> list[dict[str, Any]]:
    """Return the figures as tables: rows with the kinds of pictures side by side, and which kinds there are."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for name, network in dict.fromkeys((figure.name, figure.network) for figure in report.figures):
        title = _section(name, network)
        if network in report.model.teachers:
            title += ", which taught this model: no independent judge"
        sections.setdefault(title, []).append(_row(report, other, name, network))
    return [
        {"title": title, "rows": rows, "kinds": [kind for kind in KINDS if any(row[kind] for row in rows)]}
        for title, rows in sorted(sections.items(), key=lambda section: _place(section[0]))
    ]


def _place(title: str) -> int:
    return next((place for place, start in enumerate(TITLES) if title.startswith(start)), len(TITLES))


def _section(name: str, network: str | None) -> str:
    likeness, meaning, variety, reading = TITLES
    if network is None:
        return reading
    if name in ("diversity", "near copies", "distance to training"):
        return variety
    if network == "matcher" or name.startswith(("attribute", "top-1")):
        return meaning
    return f"{likeness}, by {network}"


def _row(report: Report, other: Report | None, name: str, network: str | None) -> dict[str, Any]:
    here = {kind: report.figure(name, kind, network) for kind in KINDS}
    first: Figure | None = next((figure for figure in here.values() if figure), None)
    if first is None:
        return {}
    chance = next(
        (figure.chance for figure in reversed(here.values()) if figure and figure.chance is not None), None
    )
    row: dict[str, Any] = {
        "name": name,
        "network": network,
        "says": SAYS.get(name, "its first guess within this group is right"),
        "better": first.better,
        "chance": chance,
        "there": {kind: other.figure(name, kind, network) if other else None for kind in KINDS},
    }
    return row | here


def shown(value: float | None) -> str:
    """Return a figure with about three digits that mean something."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if value == 0 or abs(value) >= 10:
        return f"{value:.2f}" if value else "0"
    return f"{value:.3f}" if abs(value) >= 0.001 else f"{value:.1e}"


def interval(figure: Figure) -> str:
    """Return the confidence interval of a figure."""
    return f"{shown(figure.low)} … {shown(figure.high)}" if figure.low is not None else ""
