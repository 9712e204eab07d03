"""What figures are held against, and of what they are taken."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from admagan.evaluation import figures
from admagan.evaluation.figures import Asked, Figures
from admagan.evaluation.judges import EYES
from admagan.evaluation.subject import Plan
from admagan.metrics.pictures import Extracted
from admagan.schema.report import Figure

PROTOCOL: Any = SimpleNamespace(halves=4, replicates=200, seed=0, split="test", fingerprint=lambda: "0" * 64)


def collected(asked: Asked, judges: Any) -> Figures:
    return Figures(judges, asked, PROTOCOL)


def named(found: Figures, name: str) -> Figure:
    return next(figure for figure in found.collected if figure.name == name)


def asked_for(labels: np.ndarray, settled: np.ndarray, text: np.ndarray, rows: np.ndarray) -> Asked:
    plan = Plan(rows=rows, text=text, texts=tuple(f"caption {i}" for i in range(text.max() + 1)))
    return Asked(plan, labels, np.ones_like(labels), settled, {"hats": (0, 1, 2)}, None)


def test_guessing_names_the_most_frequent_of_those_that_have_something() -> None:
    labels = np.zeros((100, 3), np.bool_)
    labels[:8, 0] = labels[8:10, 1] = True  # 90 have no hat at all
    asked = asked_for(labels, labels, np.arange(100), np.arange(100))
    judges = SimpleNamespace(evaluator=SimpleNamespace(probabilities=lambda logits: logits))
    found = collected(asked, judges)
    found.attributes("annotated", labels.astype(np.float32))
    figure = named(found, "top-1 hats")
    assert (figure.value, figure.chance) == (1, pytest.approx(0.8))


def test_an_attribute_that_few_captions_name_is_not_counted_however_often_they_are_drawn() -> None:
    labels = np.zeros((100, 3), np.bool_)
    labels[::2] = True
    said = np.ones_like(labels)
    text = np.arange(100)
    text[::2] %= 8  # the pictures with hats have 4 captions between them
    often = figures._often(asked_for(labels, said, text, np.arange(100)), said)
    assert not often.any()
    assert figures._often(asked_for(labels, said, np.arange(100), np.arange(100)), said).all()


def test_samples_of_one_picture_are_drawn_together() -> None:
    """With 5 pictures and 100 samples, the interval is that of 5."""
    rows = np.repeat(np.arange(5), 20)
    features = rows[:, None] * np.ones((1, 4), np.float32)
    labels = np.ones((100, 3), np.bool_)
    train = Extracted(np.array([[0.0] * 4, [9.0] * 4], np.float32), np.zeros((2, 0), np.float32))
    real = Extracted(np.arange(10, dtype=np.float32)[:, None] * np.ones((1, 4), np.float32), train.logits)
    judges = SimpleNamespace(train={EYES: train}, real={EYES: real})
    wide = collected(asked_for(labels, labels, rows, rows), judges)
    narrow = collected(asked_for(labels, labels, rows, np.arange(100)), judges)
    spread = []
    for found in (wide, narrow):
        found.copies("annotated", features)
        figure = named(found, "distance to training")
        assert figure.low is not None
        assert figure.high is not None
        spread.append(figure.high - figure.low)
    assert spread[0] > 2 * spread[1]


@pytest.mark.parametrize("copied", [0.3, 1.0])
def test_copies_are_found_where_the_split_itself_holds_training_pictures(copied: float) -> None:
    """Of the real pictures held out, three in ten are in the training split too, or all of them."""
    rng = np.random.default_rng(5)
    train, other = rng.normal(size=(2, 200, 16)).astype(np.float32)
    nothing = np.zeros((200, 0), np.float32)
    held_out = np.concatenate([train[: int(200 * copied)], other[int(200 * copied) :]])
    labels = np.ones((200, 3), np.bool_)
    asked = asked_for(labels, labels, np.arange(200), np.arange(200))
    judges = SimpleNamespace(
        train={EYES: Extracted(train, nothing)}, real={EYES: Extracted(held_out, nothing)}
    )
    found = collected(asked, judges)
    found.copies("annotated", np.concatenate([train[:100], rng.normal(size=(100, 16)).astype(np.float32)]))
    values = {figure.name: figure.value for figure in found.collected}
    if copied == 1:
        assert values == {}  # nothing says how near is near
    else:
        assert values["near copies"] == pytest.approx(0.5, abs=0.03)


def test_what_is_divided_by_nothing_has_no_value() -> None:
    assert figures.number(np.inf) is None
    assert figures.number(np.nan) is None
    assert figures.number(2) == 2
