"""The engine: the same pictures whoever shares the batch, and a clear no in every case where it says no."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from held import busy

from admagan.errors import InputError
from admagan.runtime.pipeline import AdmaGAN
from admagan.serve.engine import Engine, Request
from admagan.serve.limits import Closed, Limits, Overloaded, TimedOut


def pixels(result) -> np.ndarray:
    return np.stack([np.asarray(image) for image in result.images]).astype(int)


def test_requests_that_wait_share_batches_and_get_their_own_pictures(start, model) -> None:
    engine = start(pictures=20)
    wanted = [
        Request("a man with a hat", n=3, seed=1),
        Request("红色头发的女人", n=20, seed=2, attributes={"beard": 0.5}),
        Request("a woman", n=1, seed=3, negative=["glasses"], truncation=0.5, imagine=False),
    ]
    first = busy(engine)
    futures = [engine.submit(request) for request in wanted]
    assert engine.waiting() == 24
    model.networks.gate.set()
    assert len(first.result(20).images) == 1
    results = [future.result(20) for future in futures]
    assert model.networks.batches == [1, 16, 8]
    for request, result in zip(wanted, results, strict=True):
        alone = model(
            request.prompt,
            request.n,
            request.seed,
            request.attributes,
            request.negative,
            request.truncation,
            request.imagine,
        )
        assert np.abs(pixels(result) - pixels(alone)).max() <= 1
        assert result.report() == alone.report()


def test_a_request_without_seed_names_one_that_gives_its_pictures_again(start, model) -> None:
    result = start().submit(Request("a man")).result(20)
    assert np.abs(pixels(result) - pixels(model("a man", seed=result.seed))).max() <= 1


@pytest.mark.parametrize(
    ("request_", "where"),
    [
        (Request(""), "prompt"),
        (Request("a man " * 50), "prompt"),
        (Request("a man", n=0), "n"),
        (Request("a man", n=5), "n"),
        (Request("a man", seed=-1), "seed"),
        (Request("a man", truncation=0), "truncation"),
        (Request("a man", attributes={"berd": 1}), "attribute"),
    ],
)
def test_what_cannot_be_met_says_why_and_holds_up_nobody(start, request_, where) -> None:
    engine = start(prompt=100, pictures=4)
    good = engine.submit(Request("a man"))
    with pytest.raises(InputError) as caught:
        engine.submit(request_).result(20)
    assert caught.value.where == where
    assert len(good.result(20).images) == 1
    assert 'requests_total{outcome="bad_request"} 1.0' in engine.metrics.text().decode()


def test_a_full_queue_refuses_at_once(start, model) -> None:
    engine = start(queue=3)
    busy(engine)
    waiting = engine.submit(Request("a man", n=2))
    with pytest.raises(Overloaded, match="2 pictures wait already"):
        engine.submit(Request("a man", n=2))
    last = engine.submit(Request("a man", n=1))
    model.networks.gate.set()
    assert len(waiting.result(20).images) == 2
    assert len(last.result(20).images) == 1


def test_who_finds_nobody_waiting_may_ask_for_more_than_the_queue(start, model) -> None:
    engine = start(queue=1)
    busy(engine)
    future = engine.submit(Request("a man", n=4))
    model.networks.gate.set()
    assert len(future.result(20).images) == 4


def test_a_request_that_waits_too_long_is_told_so_and_never_drawn(start, model) -> None:
    engine = start(seconds=0.05)
    first = busy(engine)
    late = engine.submit(Request("a man", n=2))
    threading.Event().wait(0.1)
    model.networks.gate.set()
    with pytest.raises(TimedOut, match=r"0\.05 seconds"):
        late.result(20)
    assert first.result(20)
    assert model.networks.batches == [1]


def test_a_request_that_was_taken_back_is_not_drawn(start, model) -> None:
    engine = start()
    busy(engine)
    unwanted, wanted = (engine.submit(Request("a man", n=n)) for n in (2, 3))
    assert unwanted.cancel()
    model.networks.gate.set()
    assert wanted.result(20)
    assert model.networks.batches == [1, 3]


def test_a_fault_of_the_networks_fails_its_batch_only(start, model, caplog) -> None:
    engine = start()
    first = busy(engine)
    model.networks.fault = RuntimeError("broken")
    model.networks.gate.set()
    with pytest.raises(RuntimeError, match="broken"):
        first.result(20)
    model.networks.fault = None
    assert engine.submit(Request("a man")).result(20)
    assert "a batch of 1 pictures failed" in caplog.text


def test_closing_finishes_what_was_taken_in(start, model) -> None:
    engine = start()
    futures = [busy(engine), engine.submit(Request("a man", n=2))]
    threading.Timer(0.1, model.networks.gate.set).start()
    assert engine.close(20)
    assert [len(future.result(0).images) for future in futures] == [1, 2]
    with pytest.raises(Closed):
        engine.submit(Request("a man"))


def test_closing_in_bounded_time_tells_those_who_wait(start, model) -> None:
    engine = start()
    drawn = busy(engine)
    waiting = engine.submit(Request("a man"))
    assert not engine.close(0.05)
    for future in (drawn, waiting):
        with pytest.raises(Closed):
            future.result(0)


def test_metrics(start) -> None:
    engine = start()
    engine.submit(Request("a man", n=3)).result(20)
    text = engine.metrics.text().decode()
    for line in (
        'admagan_requests_total{outcome="ok"} 1.0',
        "admagan_pictures_total 3.0",
        "admagan_request_seconds_count 1.0",
        'admagan_batch_pictures_bucket{le="4.0"} 1.0',
        "admagan_queue_pictures 0.0",
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize("limits", [{"queue": 0}, {"seconds": float("nan")}, {"pictures": -1}])
def test_limits_are_above_zero(limits) -> None:
    with pytest.raises(InputError, match=f"--limits.{next(iter(limits))}: expected a number above 0"):
        Limits(**limits)


def test_a_damaged_network_is_found_at_the_start(tiny_model: Path) -> None:
    model = AdmaGAN.load(tiny_model)
    model.folder.config.files["generator.onnx"] = "0" * 64
    with pytest.raises(InputError, match=r"generator\.onnx"):
        Engine(model)
