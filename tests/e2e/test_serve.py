"""`admagan serve` as it is run: a process on a free port, asked by OpenAI's client, by curl and in bad ways."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import openai
import pytest
from PIL import Image

COMMAND = [sys.executable, "-m", "admagan", "serve"]
PICTURES = ("--limits.pictures", "2000")
"""Enough in one request to keep the server busy for seconds."""


@dataclass
class Served:
    """A server that runs."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    @property
    def images(self) -> str:
        return f"{self.url}/v1/images/generations"

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def serving(log: Path, *options: str) -> Iterator[Served]:
    environment = {**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*COMMAND, "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = line.split(" ")[0]
            assert url.startswith("http://127.0.0.1:"), line + log.read_text()
            yield Served(process, url, log)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a server of the bundled model, without the page; don't stop it: it is shared."""
    with serving(tmp_path_factory.mktemp("serve") / "log", "--no-page") as server:
        yield server


@pytest.fixture(scope="module")
def client(served: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0)


def opened(item: object) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(item.b64_json)))  # type: ignore[attr-defined]


def test_openais_client_gets_pictures(client: openai.OpenAI) -> None:
    answer = client.images.generate(
        prompt="戴蓝色帽子的男人",
        model="avatars",
        n=3,
        response_format="b64_json",
        extra_body={"seed": 1, "attributes": {"beard": 1}, "negative": ["glasses"]},
    )
    assert [opened(item).size for item in answer.data or ()] == [(64, 64)] * 3
    extra = answer.model_extra or {}
    assert extra["seed"] == 1
    strengths = {attribute["name"]: attribute["strength"] for attribute in extra["attributes"]}
    assert (strengths["blue hat"], strengths["beard"], strengths["glasses"]) == (1, 1, 0)
    again = client.images.generate(
        prompt="戴蓝色帽子的男人",
        n=3,  # in a batch of another size a colour may be rounded the other way
        extra_body={"seed": 1, "attributes": {"beard": 1}, "negative": ["glasses"]},
    )
    assert [item.b64_json for item in again.data or ()] == [item.b64_json for item in answer.data or ()]
    assert [model.id for model in client.models.list()] == ["avatars"]
    assert client.models.retrieve("avatars").id == "avatars"


def test_openais_client_understands_the_errors(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Nearest: beard") as caught:
        client.images.generate(prompt="a man", extra_body={"attributes": {"berd": 1}})
    assert (caught.value.param, caught.value.code) == ("attributes", "invalid_value")
    with pytest.raises(openai.BadRequestError, match="'auto' or '64x64'"):
        client.images.generate(prompt="a man", size="1024x1024")
    with pytest.raises(openai.NotFoundError, match="'avatars', the one that is served"):
        client.images.generate(prompt="a man", model="dall-e-3")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"prompt": ""}', 400),
        (b'{"prompt": "\\u0007"}', 400),
        ('{"prompt": "😀🎉"}'.encode(), 400),
        (b'{"prompt": "' + b"a" * 100_000 + b'"}', 400),
        (b'{"prompt": "' + b"a" * 20_000_000 + b'"}', 413),
        (b'{"prompt": 1}', 400),
        (b'{"prompt": "a man", "n": 0}', 400),
    ],
    ids=["empty", "broken", "nothing", "control", "emoji", "long", "huge", "number", "none"],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_bad_input_is_one_clear_answer(served: Served, body: bytes, status: int, chunked: bool) -> None:
    parts = (body[i : i + 65_536] for i in range(0, len(body), 65_536))
    answer = httpx2.post(
        served.images, content=parts if chunked else body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_a_body_in_another_encoding_is_named(served: Served) -> None:
    body = '{"prompt": "红色头发的女人"}'.encode("gbk")
    answer = httpx2.post(served.images, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_json"
    assert "UTF-8" in answer.json()["error"]["message"]


def test_a_name_that_is_not_ours_is_refused(served: Served) -> None:
    assert httpx2.get(f"{served.url}/healthz", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl(served: Served) -> None:
    command = ["curl", "-sS", served.images, "--json", '{"prompt": "a man with a hat", "n": 2}']
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)["data"]) == 2
    done = subprocess.run(["curl", "-sS", f"{served.url}/metrics"], capture_output=True, text=True)
    assert re.search(r'^admagan_requests_total\{outcome="ok"\} [1-9]', done.stdout, re.MULTILINE)


def test_no_torch_is_needed(served: Served) -> None:
    imported = {line.rpartition("|")[2].strip() for line in served.log.read_text().splitlines()}
    assert "onnxruntime" in imported
    assert not imported & {"torch", "onnx", "gradio"}


def test_a_burst_on_a_full_queue_is_refused_and_stopping_finishes_what_runs(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "log", "--no-page", *PICTURES, "--limits.queue", "1") as server,
        ThreadPoolExecutor(21) as pool,
    ):
        long = pool.submit(
            httpx2.post, server.images, json={"prompt": "a man", "n": 150, "seed": 1}, timeout=60
        )
        while not re.search(r"queue_pictures [1-9]", httpx2.get(f"{server.url}/metrics").text):
            time.sleep(0.01)
        burst = list(
            pool.map(lambda _: httpx2.post(server.images, json={"prompt": "a man"}, timeout=60), range(20))
        )
        assert {answer.status_code for answer in burst} == {429}
        assert {answer.headers["retry-after"] for answer in burst} == {"1"}
        assert not long.done()
        assert server.stop() == 0
        assert len(long.result().json()["data"]) == 150
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{server.url}/healthz")


def test_who_hangs_up_is_not_drawn_for_and_ctrl_c_stops(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "--no-page", *PICTURES, "--limits.queue", "2000") as server:
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(server.images, json={"prompt": "a man", "n": 2000}, timeout=0.5)
        deadline = time.monotonic() + 5
        while 'outcome="cancelled"} 1' not in (text := httpx2.get(f"{server.url}/metrics").text):
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        assert "queue_pictures 0.0" in text
        assert server.stop(signal.SIGINT) == 0


def test_a_port_that_is_taken(served: Served) -> None:
    port = served.url.rpartition(":")[2]
    done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    message = f"error: --port {port}: expected an address that can be had, found Address already in use."
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout


@pytest.mark.slow
def test_a_connection_that_sends_nothing_is_closed(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        for _ in range(3):
            connection.sendall(b"GET /healthz HTTP/1.1\r\n"[:8])
            time.sleep(1)
        assert connection.recv(1) == b""
