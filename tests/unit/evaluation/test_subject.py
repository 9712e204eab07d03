"""Which pictures are asked for, and that they can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_set import Drawing, drawing_model

from admagan.errors import InputError
from admagan.evaluation.subject import BATCH, Plan, Subject, plan_samples
from admagan.runtime.pipeline import AdmaGAN

CAPTIONS = [["a", "b"], ["c"], [], ["d", "e", "f"]]


def test_every_picture_has_its_turn_with_its_next_caption() -> None:
    plan = plan_samples(CAPTIONS, 9, seed=3)
    assert [sorted(plan.rows[i : i + 3].tolist()) for i in (0, 3, 6)] == [[0, 1, 3]] * 3
    said = [plan.texts[text] for text in plan.text]
    by_row = {row: [said[i] for i in np.flatnonzero(plan.rows == row)] for row in (0, 1, 3)}
    assert by_row == {0: ["a", "b", "a"], 1: ["c", "c", "c"], 3: ["d", "e", "f"]}
    assert sorted(plan.texts) == ["a", "b", "c", "d", "e", "f"]


def test_fewer_samples_than_pictures_are_a_random_part() -> None:
    captions = [[str(i)] for i in range(1000)]
    parts = [plan_samples(captions, 10, seed).rows.tolist() for seed in (0, 0, 1)]
    assert parts[0] == parts[1] != parts[2]
    assert max(parts[0]) > 100
    assert len(set(parts[0])) == 10


def test_equal_captions_of_two_pictures_are_one_text() -> None:
    assert len(plan_samples([["same"], ["same"]], 4, 0).texts) == 1


def test_a_split_without_captions() -> None:
    with pytest.raises(InputError, match="a picture with a caption"):
        plan_samples([[], []], 4, 0)


@pytest.fixture(scope="module")
def tiny(tiny_model: Path) -> AdmaGAN:
    return AdmaGAN.load(tiny_model, threads=1)


def subject(model: AdmaGAN, samples: int = BATCH + 8) -> Subject:
    captions = [["a man"], ["a woman with red hair"], ["glasses"], ["a hat"], ["红色头发的女人"]]
    annotated = np.eye(5, len(model.folder.bank), dtype=np.float32)
    return Subject(model, plan_samples(captions, samples, 0), annotated, 1.0, 7)


def test_pictures_can_be_made_again_one_by_one(tiny: AdmaGAN) -> None:
    made = np.concatenate(list(subject(tiny).pictures("annotated")))
    assert made.shape == (BATCH + 8, 32, 32, 3)
    chosen = np.array([BATCH + 3, 0, 17, BATCH + 7])
    assert (subject(tiny).chosen("annotated", chosen) == made[chosen]).all()


def test_sentences_of_one_length_go_together_without_changing_anything(tiny: AdmaGAN) -> None:
    under_test = subject(tiny)
    alone = np.stack([tiny.read(text).sentence for text in under_test.plan.texts])
    assert under_test.sentences == pytest.approx(alone, abs=1e-5)


def test_annotated_and_read_attributes_differ(tiny: AdmaGAN) -> None:
    under_test = subject(tiny)
    samples = np.arange(len(under_test.plan))
    annotated = under_test.labels("annotated", samples, samples)
    assert (annotated == under_test.annotated[under_test.plan.rows]).all()
    read = under_test.labels("read", samples, samples)
    glasses = tiny.folder.bank.index("glasses")
    of_glasses = [under_test.plan.texts[text] == "glasses" for text in under_test.plan.text]
    assert (read[of_glasses, glasses] == 1).all()
    assert (under_test.read_strengths()[of_glasses] <= read[of_glasses]).all()


def test_what_a_caption_leaves_open_differs_from_picture_to_picture(tiny: AdmaGAN) -> None:
    under_test = subject(tiny)
    first, others = np.zeros(30, int), np.arange(30)
    labels = under_test.labels("read", first, others)
    assert len({tuple(row) for row in labels.tolist()}) > 1
    assert (labels == under_test.labels("read", first, others)).all()
    told = under_test.read_strengths()[:1] == 1
    assert (labels[:, told[0]] == 1).all()


def test_what_is_not_understood_is_made_without_attributes(tmp_path: Path) -> None:
    model = drawing_model(tmp_path / "model", Drawing())
    plan = Plan(np.zeros(2, int), ("a red square", "???"), np.arange(2))
    under_test = Subject(model, plan, np.zeros((1, 5), np.float32), 1.0, 0)
    assert [reading is not None for reading in under_test.readings] == [True, False]
    assert under_test.unread == 1
    assert under_test.read_strengths().tolist() == [[1, 0, 0, 0, 0], [0] * 5]
    both = np.arange(2)
    assert under_test.labels("read", both, both)[1].tolist() == [0] * 5


def test_variants_of_a_caption_differ_from_each_other_and_from_the_samples(tiny: AdmaGAN) -> None:
    under_test = subject(tiny)
    variants = np.concatenate(list(under_test.variants("annotated", np.array([4, 9]), 3)))
    samples = np.concatenate(list(under_test.pictures("annotated")))
    assert len({picture.tobytes() for picture in (*variants, *samples)}) == 6 + BATCH + 8


def test_truncation_scales_the_noise(tmp_path: Path) -> None:
    seen = []

    class Watched(Drawing):
        def images(self, noise, sentence, attributes):  # type: ignore[no-untyped-def]
            seen.append(noise)
            return super().images(noise, sentence, attributes)

    model = drawing_model(tmp_path / "model", Watched())
    plan = plan_samples([["a red square"]], 4, 0)
    for truncation in (1.0, 0.5):
        list(Subject(model, plan, np.zeros((1, 5), np.float32), truncation, 0).pictures("annotated"))
    assert seen[1] == pytest.approx(seen[0] / 2)
