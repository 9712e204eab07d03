"""The loop: exact resume, snapshots, going back, stopping."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time

import numpy as np
import pytest
import torch
from PIL import Image

from admagan.losses.objective import Terms
from admagan.training import steps as steps_module
from admagan.training.average import half_life
from admagan.training.interrupts import Interrupted
from admagan.training.loop import DivergedError, train_gan
from admagan.training.snapshots import load_best
from admagan.training.steps import GanTrainer, NotFiniteError


def tensors_of(job) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in job.trainer.tensors().items()}


def assert_equal(one, two) -> None:
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, two[name]), name


def lines_of(job) -> list[dict]:
    return [json.loads(line) for line in (job.folder / "metrics.jsonl").read_text().splitlines()]


def test_two_sittings_equal_one_bit_for_bit(make_job):
    whole = make_job("whole", attribute_dropout=0.5)
    assert train_gan(whole).step == 4
    first = make_job("parts", images=8, attribute_dropout=0.5)
    train_gan(first)
    second = make_job("parts", attribute_dropout=0.5)
    assert train_gan(second).step == 4
    assert_equal(tensors_of(whole), tensors_of(second))
    assert not torch.equal(*(next(job.trainer.average.parameters()) for job in (whole, first)))


def test_metrics_have_every_term_and_no_image_twice(make_job):
    train_gan(make_job(images=8, report_seconds=1e-9))
    job = make_job(report_seconds=1e-9)
    train_gan(job)
    lines = lines_of(job)
    assert [line["images"] for line in lines] == [4, 8, 12, 16]
    expected = (
        "D.real D.fake D.mismatched D.alignment D.classification G.adversarial G.alignment G.classification"
    )
    assert set(expected.split()) < set(lines[0])
    assert "D.penalty" in lines[0]
    assert all(np.isfinite(value) for line in lines for value in line.values())
    assert any(job.folder.glob("tensorboard/events.*"))


def test_a_snapshot_shows_the_same_noise_every_time(make_job):
    job = make_job(snapshot_images=6)
    train_gan(job)
    names = [path.name for path in sorted((job.folder / "samples").iterdir())]
    assert names == ["000000008.png", "000000012.png", "000000016.png"]
    with Image.open(job.folder / "samples" / names[0]) as picture:
        assert picture.size[0] > 7 * 128
    job.snapshots.film()
    with Image.open(job.folder / "samples" / "overview.gif") as film:
        assert film.n_frames == 3


def test_training_ends_when_the_minutes_are_used_up(make_job):
    assert train_gan(make_job(minutes=1e-9)).step == 1


def interrupt_second_step(patch, number=signal.SIGTERM) -> None:
    step = GanTrainer.step

    def interrupted(self, batch, index, alone):
        if index == 1:
            os.kill(os.getpid(), number)
        return step(self, batch, index, alone)

    patch.setattr(GanTrainer, "step", interrupted)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_the_state_first(make_job, monkeypatch, number):
    job = make_job()
    interrupt_second_step(monkeypatch, number)
    with pytest.raises(Interrupted) as caught:
        train_gan(job)
    assert caught.value.exit_status == 128 + number
    assert job.states.load().progress.step == 2
    assert_equal(tensors_of(job), job.states.load().tensors)


def test_a_signal_during_the_last_snapshot_stops_before_what_comes_next(make_job):
    job = make_job()
    job.snapshots.quality = lambda _: os.kill(os.getpid(), signal.SIGTERM) or {"FID": 1.0}
    with pytest.raises(Interrupted):
        train_gan(job)
    assert job.states.load().progress.step == 4


def test_steps_before_a_signal_are_reported(make_job, monkeypatch):
    job = make_job(report_seconds=1e9)
    interrupt_second_step(monkeypatch)
    with pytest.raises(Interrupted):
        train_gan(job)
    assert [line["images"] for line in lines_of(job)] == [8]


def test_snapshots_do_not_count_as_slow_training(make_job):
    job = make_job(snapshot_images=8, report_seconds=1e9)
    job.snapshots.quality = lambda _: time.sleep(3) or {"FID": 1.0}
    train_gan(job)
    speeds = [line["images_per_second"] for line in lines_of(job) if "images_per_second" in line]
    assert len(speeds) == 2
    assert min(speeds) > 8 / 3


def test_a_snapshot_that_a_signal_kept_from_being_taken_comes_first_on_resume(make_job, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_second_step(patch)
        job = make_job(snapshot_images=8)
        with pytest.raises(Interrupted):
            train_gan(job)
    job = make_job(snapshot_images=8)
    assert not job.snapshots.samples.exists()
    job.snapshots.quality = lambda _: time.sleep(1) or {"FID": 1.0}
    train_gan(job)
    speeds = [line["images_per_second"] for line in lines_of(job) if "images_per_second" in line]
    assert max(speeds) < 1e5
    assert sorted(path.name for path in job.snapshots.samples.iterdir()) == ["000000008.png", "000000016.png"]


def test_a_score_that_is_not_finite_makes_no_best_model(make_job):
    job = make_job(snapshot_images=8)
    scores = iter([3.0, float("nan")])
    job.snapshots.quality = lambda _: {"FID": next(scores)}
    train_gan(job)
    assert load_best(job.folder)[0].images == 8


def test_the_average_forgets_its_beginning():
    assert [half_life(images, 10_000, 0.05) for images in (32, 100_000, 10**6)] == [1.6, 5_000, 10_000]
    assert half_life(32, 10_000, 0) == 10_000


def test_a_step_that_is_not_finite_goes_back_with_half_the_rates(make_job, monkeypatch):
    job = make_job()
    step_input = job.feed.step_input
    broken = [2]

    def poisoned(step):
        batch = step_input(step)
        if step in broken:
            broken.remove(step)
            batch.images[0, 0, 0, 0] = float("nan")
        return batch

    monkeypatch.setattr(job.feed, "step_input", poisoned)
    progress = train_gan(job)
    assert (progress.step, progress.setbacks) == (4, 1)
    assert all(tensor.isfinite().all() for tensor in job.trainer.tensors().values())
    rates = [job.trainer.generator_optimiser, job.trainer.discriminator_optimiser]
    assert [optimiser.param_groups[0]["lr"] for optimiser in rates] == [0.5e-4, 2e-4]
    assert job.states.load().progress.setbacks == 1


def test_a_setback_is_in_the_state_at_once(make_job, monkeypatch):
    job = make_job()
    monkeypatch.setattr(GanTrainer, "step", lambda *_: (_ for _ in ()).throw(NotFiniteError("generator")))
    seen = []
    restore_trainer = job.trainer.restore
    monkeypatch.setattr(
        job.trainer,
        "restore",
        lambda tensors: (seen.append(job.states.load().progress.setbacks), restore_trainer(tensors)),
    )
    with pytest.raises(DivergedError):
        train_gan(job)
    assert seen == [0, 1, 2]


def test_losses_that_are_never_finite_end_in_a_message(make_job, monkeypatch):
    job = make_job()
    monkeypatch.setattr(GanTrainer, "step", lambda *_: (_ for _ in ()).throw(NotFiniteError("generator")))
    with pytest.raises(DivergedError, match=r"3 returns.*--train\.generator-lr"):
        train_gan(job)
    assert job.states.load().progress.step == 0


def test_a_gradient_that_is_not_finite_leaves_the_weights_alone(make_job):
    job = make_job()
    before = tensors_of(job)
    batch = job.feed.step_input(0)
    batch.images.fill_(float("inf"))
    with pytest.raises(NotFiniteError, match="discriminator"):
        job.trainer.step(batch, 0)
    assert_equal(before, tensors_of(job))


def test_a_lost_step_of_the_generator_leaves_the_discriminator_able_to_learn(make_job, monkeypatch):
    job = make_job()
    lost = Terms({"adversarial": torch.tensor(float("nan"), requires_grad=True)})
    with monkeypatch.context() as patch:
        patch.setattr(steps_module, "generator_terms", lambda *_: lost)
        with pytest.raises(NotFiniteError, match="generator"):
            job.trainer.step(job.feed.step_input(0), 0)
    job.trainer.step(job.feed.step_input(1), 1)
    assert all(parameter.requires_grad for parameter in job.trainer.objective.parameters())


def test_attribute_dropout_forgets_labels_and_asks_nobody_about_them(make_job):
    whole, part = make_job(), make_job(attribute_dropout=1.0)
    steps = range(20)
    truth = [whole.feed.step_input(step) for step in steps]
    given = [part.feed.step_input(step) for step in steps]
    labels, known = (torch.cat([getattr(x, name) for x in truth]) for name in ("labels", "known"))
    fewer, asked = (torch.cat([getattr(x, name) for x in given]) for name in ("labels", "known"))
    assert torch.equal(fewer[asked], labels[asked])
    assert not (asked & ~known).any()
    assert 0.3 < asked.sum() / known.sum() < 0.7
    assert (fewer <= labels).all()
    assert torch.equal(truth[3].images, given[3].images)
    assert torch.equal(truth[3].noise, given[3].noise)


def test_an_end_that_comes_nearer_is_looked_at_too(make_job):
    train_gan(make_job(images=16))
    job = make_job(images=8)
    for path in job.snapshots.samples.iterdir():
        path.unlink()
    train_gan(job)
    assert [path.name for path in job.snapshots.samples.iterdir()] == ["000000016.png"]


def test_a_run_that_begins_anew_forgets_what_another_has_left(make_job):
    job = make_job(snapshot_images=8)
    job.snapshots.quality = lambda _: {"FID": 1.0}
    train_gan(job)
    shutil.rmtree(job.folder / "state")
    again = make_job(images=8, snapshot_images=8)
    again.snapshots.quality = lambda _: {"FID": 2.0}
    train_gan(again)
    assert load_best(again.folder)[0].score == 2
    assert len(list(again.snapshots.samples.iterdir())) == 1


def test_a_damaged_best_model_is_as_good_as_none(make_job):
    job = make_job(snapshot_images=8)
    job.snapshots.quality = lambda _: {"FID": 1.0}
    (job.folder / "best").mkdir(parents=True)
    train_gan(job)
    (job.folder / "best" / "best.json").write_text("{")
    assert load_best(job.folder) is None
    longer = make_job(images=24, snapshot_images=8)
    longer.snapshots.quality = lambda _: {"FID": 9.0}
    train_gan(longer)
    assert load_best(longer.folder)[0].score == 9
