"""How fast both networks learn, from the beginning of a run to its end."""

from __future__ import annotations

import pytest

from admagan.schema.train import TrainSettings
from admagan.training.dry_run import mean_speed
from admagan.training.loop import pace
from admagan.training.state import Progress
from admagan.training.watch import seconds_left, speed_to_come


def at(images: int, seconds: float = 0.0, setbacks: int = 0) -> Progress:
    return Progress(step=images // 4, images=images, seconds=seconds, setbacks=setbacks)


def test_without_a_cooldown_learning_rates_stay_what_they_are() -> None:
    settings = TrainSettings(images=1_000)
    assert [pace(at(images), settings) for images in (0, 500, 996)] == [1, 1, 1]


def test_learning_rates_fall_to_zero_over_the_last_part_of_the_images() -> None:
    settings = TrainSettings(images=1_000, cooldown=0.2)
    found = [pace(at(images), settings) for images in (0, 800, 900, 1_000)]
    assert found == pytest.approx([1, 1, 0.5, 0])


def test_learning_rates_fall_by_the_clock_where_minutes_are_the_end() -> None:
    settings = TrainSettings(minutes=10, cooldown=0.5)
    assert pace(at(100, seconds=300), settings) == pytest.approx(1)
    assert pace(at(100, seconds=450), settings) == pytest.approx(0.5)


def test_setbacks_halve_what_is_left() -> None:
    settings = TrainSettings(images=1_000, cooldown=0.2)
    assert pace(at(900, setbacks=2), settings) == pytest.approx(0.125)


def test_the_time_left_knows_that_both_networks_are_slower_than_one() -> None:
    settings = TrainSettings(images=1_000, warm_up=0.4)
    speed = speed_to_come(at(100), settings, 10)
    assert seconds_left(at(100), settings, speed) == pytest.approx(300 / 10 + 600 / 4)
    later = at(500).model_copy(update={"warmed_up": True})
    assert speed_to_come(later, settings, 4) == 4


def test_the_speed_of_a_whole_run_is_a_mean_over_images_or_over_minutes() -> None:
    by_images = TrainSettings(images=1_000, warm_up=0.5)
    assert mean_speed(by_images, 100, 25) == pytest.approx(40)
    by_minutes = by_images.model_copy(update={"images": 10**9, "minutes": 1.0})
    assert mean_speed(by_minutes, 100, 25) == pytest.approx(62.5)
