"""Whole evaluations of models of which it is known how good they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_set import Constant, Disobedient, Drawing, write_drawn_set
from PIL import Image

from admagan.errors import InputError
from admagan.evaluation.command import summary
from admagan.evaluation.page import render
from admagan.evaluation.report import read_report
from admagan.schema.report import Pictures, Report

Quick = Callable[..., Report]


def value(report: Report, name: str, pictures: Pictures, network: str | None = None) -> float:
    figure = report.figure(name, pictures, network)
    assert figure is not None, (name, pictures, network)
    assert figure.value is not None
    return figure.value


def test_a_perfect_model(quick: Quick, tmp_path: Path) -> None:
    report = quick(Drawing(), tmp_path / "report")
    eyes = "efficientnet-lite0"
    assert value(report, "FID", "annotated", eyes) < 2 * value(report, "FID", "real", eyes)
    assert value(report, "attribute mAP", "annotated", "evaluator") > 0.95
    assert value(report, "top-1 colour", "annotated", "evaluator") > 0.95
    assert value(report, "recall", "annotated", eyes) > 0.8
    # Captions name colour and size, so they say as much as the annotation.
    assert value(report, "attribute mAP, said", "read", "evaluator") > 0.95
    assert value(report, "attribute mAP, said", "real", "evaluator") > 0.95
    assert value(report, "top-1", "read", "evaluator") > 0.95
    assert value(report, "tagger F1", "read") == 1
    assert value(report, "near copies", "annotated", eyes) < 0.2
    assert 0.1 < value(report, "diversity", "annotated", eyes) < 1
    assert report.unread == 0


def test_a_model_that_draws_well_but_the_wrong_thing(quick: Quick, tmp_path: Path) -> None:
    report = quick(Disobedient(), tmp_path / "report")
    eyes = "efficientnet-lite0"
    assert value(report, "FID", "annotated", eyes) < 2 * value(report, "FID", "real", eyes)
    assert value(report, "top-1 colour", "annotated", "evaluator") < 0.1
    assert value(report, "top-1 size", "annotated", "evaluator") > 0.9
    said = [value(report, "attribute mAP, said", kind, "evaluator") for kind in ("read", "real")]
    assert said[0] < 0.8 * said[1]


def test_what_captions_do_not_say_is_not_held_against_pictures_of_the_text(
    quick: Quick, tmp_path: Path
) -> None:
    sizes_only = write_drawn_set(tmp_path / "sizes", colours=False)
    report = quick(Disobedient(), tmp_path / "report", data=sizes_only)
    assert value(report, "attribute mAP", "annotated", "evaluator") < 0.8
    assert value(report, "attribute mAP, said", "annotated", "evaluator") > 0.95
    assert value(report, "attribute mAP, said", "read", "evaluator") > 0.95
    assert value(report, "top-1 colour", "real", "evaluator") > 0.95


def test_a_model_that_always_draws_the_same(quick: Quick, tmp_path: Path) -> None:
    report = quick(Constant(), tmp_path / "report")
    eyes = "efficientnet-lite0"
    assert value(report, "recall", "annotated", eyes) == 0
    assert value(report, "diversity", "annotated", eyes) < 1e-6
    assert value(report, "FID", "annotated", eyes) > 5 * value(report, "FID", "real", eyes)
    assert value(report, "IS", "annotated", eyes) == pytest.approx(1)
    chance = report.figure("R-precision", "annotated", "matcher")
    assert chance is not None
    assert chance.value == pytest.approx(chance.chance, abs=0.02)


def test_two_runs_agree_to_the_last_digit_and_a_report_is_complete(quick: Quick, tmp_path: Path) -> None:
    first = quick(Drawing(), tmp_path / "first")
    quick(Drawing(), tmp_path / "second", compare=tmp_path / "first")
    files = [(tmp_path / name / "report.json").read_text() for name in ("first", "second")]
    assert files[0] == files[1]
    assert "NaN" not in files[0]
    assert read_report(tmp_path / "first") == first
    for figure in json.loads(files[0])["figures"]:
        assert figure["protocol"] == first.protocol.fingerprint()
        assert figure["network"] is None or figure["network"] in first.protocol.networks
        assert figure["low"] is None or figure["low"] <= figure["value"] <= figure["high"]
        assert figure["real"] + figure["generated"] > 0
    both = {kind for figure in first.figures for kind in [figure.pictures]}
    assert both == {"real", "annotated", "read"}
    for name in ("samples.png", "nearest.png", "attributes.png"):
        assert Image.open(tmp_path / "first" / name).width > 400
    page = (tmp_path / "second" / "report.html").read_text()
    assert "http" not in page.split("</style>")[1].replace("data:image", "")
    assert page.count("data:image/png;base64,") == 3
    assert "Beside it" in page
    assert "R-precision" in summary(first, tmp_path)


def test_another_protocol_is_refused_with_the_fields_that_differ(quick: Quick, tmp_path: Path) -> None:
    quick(Drawing(), tmp_path / "first")
    with pytest.raises(InputError) as caught:
        quick(Drawing(), tmp_path / "second", compare=tmp_path / "first", truncation=0.5, seed=3)
    assert "truncation is 0.5 here, 1.0 there" in str(caught.value)
    assert "seed is 3 here, 0 there" in str(caught.value)
    assert not (tmp_path / "second").exists()


def test_other_samples_and_other_judges_are_other_protocols(quick: Quick, tmp_path: Path) -> None:
    quick(Drawing(), tmp_path / "first", samples=40)
    with pytest.raises(InputError, match="generated is 60 here, 40 there"):
        quick(Drawing(), tmp_path / "second", compare=tmp_path / "first")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 5}, r"--samples: expected at least 20, found 5"),
        ({"split": "validation"}, r"at least 16 pictures in split validation, found 2"),
        ({"truncation": 2.0}, r"truncation"),
    ],
)
def test_what_cannot_be_measured(
    quick: Quick, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        quick(Drawing(), tmp_path / "report", **options)
    assert not (tmp_path / "report").exists()


def test_nothing_but_a_report_is_replaced(quick: Quick, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="an earlier report"):
        quick(Drawing(), tmp_path / "mine")
    (tmp_path / "mine" / "report.json").write_text("{}")
    with pytest.raises(InputError, match="an earlier report"):
        quick(Drawing(), tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"


def test_no_such_report_to_compare_with(quick: Quick, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"report\.json"):
        quick(Drawing(), tmp_path / "report", compare=tmp_path)


def test_real_pictures_are_judged_whatever_their_order(quick: Quick, tmp_path: Path) -> None:
    root = write_drawn_set(tmp_path / "sorted", train=96)
    records = [json.loads(line) for line in (root / "metadata.jsonl").read_text().splitlines()]
    records.sort(key=lambda record: (record["split"], record["tags"]["colour"]))
    (root / "metadata.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    report = quick(Drawing(), tmp_path / "report", data=root, samples=24)
    assert value(report, "coverage", "real", "efficientnet-lite0") > 0.8


def test_the_training_split_is_not_its_own_copy(quick: Quick, tmp_path: Path) -> None:
    report = quick(Drawing(), tmp_path / "report", split="train")
    distance = report.figure("distance to training", "annotated", "efficientnet-lite0")
    assert distance is not None
    assert distance.value is not None
    assert 0.2 < distance.value < 5
    assert value(report, "near copies", "annotated", "efficientnet-lite0") < 0.2


def test_a_network_that_taught_the_model_is_called_no_judge(quick: Quick, tmp_path: Path) -> None:
    report = quick(Drawing(), tmp_path / "report")
    assert "no independent judge" not in render(report, pages())
    taught = report.model.model_copy(update={"teachers": ("efficientnet-lite0",)})
    page = render(report.model_copy(update={"model": taught}), pages())
    assert page.count("by efficientnet-lite0, which taught this model: no independent judge") == 1
    assert "by evaluator, which taught" not in page


def pages() -> dict[str, Image.Image]:
    return {name: Image.new("RGB", (8, 8)) for name in ("samples.png", "nearest.png", "attributes.png")}
