"""The HTTP API without a network: shapes, errors in one form, and what is refused before it is read."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from held import busy
from PIL import Image
from starlette.testclient import TestClient

from admagan.serve.api import make_api
from admagan.serve.engine import Engine
from admagan.serve.guard import Guard, host_name, hosts_of
from admagan.serve.problems import problem

IMAGES = "/v1/images/generations"
Start = Callable[..., Engine]


def client_of(engine: Engine, page=None, hosts=("127.0.0.1",)) -> TestClient:
    guard = Guard(make_api(engine), page, engine.metrics, engine.limits, hosts)
    return TestClient(guard, base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


@pytest.fixture
def client(start: Start) -> TestClient:
    return client_of(start(pictures=4, body=20_000))


def error_of(answer) -> dict[str, Any]:
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    return body["error"]


def picture_of(item: dict[str, str]) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(item["b64_json"])))).astype(int)


def test_pictures_and_how_the_prompt_was_understood(client, model) -> None:
    wanted = {
        "model": "tiny",
        "prompt": "a man with a zeppelin",
        "n": 2,
        "size": "32x32",
        "response_format": "b64_json",
        "user": "me",
        "seed": 5,
        "attributes": {"Blue Hat": 0.5},
        "negative": ["glasses"],
        "truncation": 0.7,
        "imagine": False,
    }
    answer = client.post(IMAGES, json=wanted)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert abs(body["created"] - time.time()) < 60
    assert (body["seed"], body["model"], body["size"], body["output_format"]) == (5, "tiny", "32x32", "png")
    assert body["unknown_words"] == ["zeppelin"]
    understood = {a["name"]: (a["strength"], a["source"]) for a in body["attributes"]}
    assert understood["blue hat"] == (0.5, "option")
    assert understood["glasses"] == (0, "option")
    alone = model("a man with a zeppelin", 2, 5, {"blue hat": 0.5}, ["glasses"], 0.7, imagine=False)
    for item, image in zip(body["data"], alone.images, strict=True):
        assert set(item) == {"b64_json"}
        assert np.abs(picture_of(item) - np.asarray(image)).max() <= 1


def test_attributes_alone_are_the_prompt(client) -> None:
    body = client.post(IMAGES, json={"prompt": "", "attributes": {"beard": 1, "red hair": 1}}).json()
    assert body["data"][0]["revised_prompt"] == "beard, red hair"


@pytest.mark.parametrize(
    ("wanted", "param", "says"),
    [
        ({}, "prompt", "expected some words"),
        ({"prompt": "  "}, "prompt", "expected some words"),
        ({"prompt": "😀🎉"}, "prompt", "words that the model knows"),
        ({"prompt": "a\0b"}, "prompt", "without control characters"),
        ({"prompt": "a\x1bb"}, "prompt", "without control characters"),
        ({"prompt": "\ud800"}, "prompt", "without control characters"),
        ({"prompt": "a man " * 500}, "prompt", "at most 2,000 characters, found 3,000"),
        ({"prompt": 3}, "prompt", "expected a valid string, found 3"),
        ({"prompt": None}, "prompt", "a valid string"),
        ({"prompt": ["a man"]}, "prompt", "a valid string"),
        ({"prompt": "a man", "n": 0}, "n", "greater than or equal to 1, found 0"),
        ({"prompt": "a man", "n": 5}, "n", "from 1 to 4, found 5"),
        ({"prompt": "a man", "n": "2"}, "n", "a valid integer, found '2'"),
        ({"prompt": "a man", "n": 1.5}, "n", "a valid integer"),
        ({"prompt": "a man", "n": True}, "n", "a valid integer"),
        ({"prompt": "a man", "seed": -1}, "seed", "greater than or equal to 0"),
        ({"prompt": "a man", "seed": 2**63}, "seed", "less than"),
        ({"prompt": "a man", "truncation": 0}, "truncation", "greater than 0"),
        ({"prompt": "a man", "truncation": float("nan")}, "truncation", "found nan"),
        ({"prompt": "a man", "size": "1024x1024"}, "size", "'auto' or '32x32'"),
        ({"prompt": "a man", "response_format": "url"}, "response_format", "'b64_json', found 'url'"),
        ({"prompt": "a man", "stream": True}, "stream", "False"),
        ({"prompt": "a man", "attributes": {"berd": 1}}, "attributes", "Nearest: beard"),
        ({"prompt": "a man", "attributes": {"beard": 2}}, "attributes.beard", "less than or equal to 1"),
        ({"prompt": "a man", "attributes": {"beard": "yes"}}, "attributes.beard", "a valid number"),
        ({"prompt": "a man", "attributes": ["beard"]}, "attributes", "a valid dictionary"),
        ({"prompt": "a man", "attributes": {"b" * 300: 1}}, None, "at most 200 characters"),
        (
            {"prompt": "a man", "attributes": {"beard": 1}, "negative": ["beard"]},
            "attributes",
            "one strength",
        ),
        ({"prompt": "a man", "negative": "beard"}, "negative", "a valid list"),
        ({"prompt": "a man", "negative": ["beard"] * 1001}, "negative", "at most 1000 items"),
        ({"prompt": "a man", "atributes": {}}, "atributes", "no such field. Known: prompt, model"),
        ({"prompt": "a man", "\ud800": 1}, None, "a JSON object"),
    ],
)
def test_a_request_that_cannot_be_met(client, wanted, param, says) -> None:
    answer = client.post(IMAGES, content=json.dumps(wanted), headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    error = error_of(answer)
    assert error["type"] == "invalid_request_error"
    assert param is None or error["param"] == param
    assert says in error["message"]
    assert len(error["message"]) < 500


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"prompt": "a man"', "application/json"),
        ("", "application/json"),
        ("nonsense", "application/json"),
        ("[1, 2]", "application/json"),
        ("null", "application/json"),
        (b"\xff\xfe{}", "application/json"),
        ("[" * 9_999, "application/json"),
        ('{"seed": ' + "9" * 9_999 + "}", "application/json"),
        ('{"prompt": "a man"}', "text/plain"),
        ("prompt=a+man", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_json_object(client, content, kind) -> None:
    answer = client.post(IMAGES, content=content, headers={"content-type": kind})
    assert answer.status_code == 400, answer.text
    assert error_of(answer)["type"] == "invalid_request_error"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large(client, chunked) -> None:
    body = b'{"prompt": "' + b"a" * 30_000 + b'"}'
    content = (body[i : i + 1000] for i in range(0, len(body), 1000)) if chunked else body
    answer = client.post(IMAGES, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert error_of(answer)["message"] == "body: expected at most 20,000 bytes, found more."


def test_paths_and_methods_that_are_not_there(client) -> None:
    for path in ("/v1", "/v1/", "/v1/images", "/v1/chat/completions", "/docs", "/healthz/x"):
        answer = client.get(path)
        assert (answer.status_code, error_of(answer)["code"]) == (404, "not_found"), path
    answer = client.get(IMAGES)
    assert (answer.status_code, error_of(answer)["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


def test_models(client) -> None:
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    (tiny,) = listed["data"]
    assert (tiny["id"], tiny["object"], tiny["size"]) == ("tiny", "model", "32x32")
    assert tiny["attributes"]["hat"] == ["blue hat", "green hat"]
    assert client.get("/v1/models/tiny").json() == tiny
    for answer in (
        client.get("/v1/models/dall-e-3"),
        client.post(IMAGES, json={"prompt": "a man", "model": "x"}),
    ):
        assert answer.status_code == 404
        assert error_of(answer)["code"] == "model_not_found"


def test_a_full_queue_is_429(start) -> None:
    engine = start(queue=1)
    client = client_of(engine)
    busy(engine)
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(client.post(IMAGES, json={"prompt": "a man"})))
    waiting.start()
    while not engine.waiting():
        time.sleep(0.01)
    answer = client.post(IMAGES, json={"prompt": "a man"})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    error = error_of(answer)
    assert (error["type"], error["code"]) == ("rate_limit_error", "overloaded")
    engine.model.networks.gate.set()
    waiting.join(20)
    assert answers[0].status_code == 200
    text = client.get("/metrics").text
    assert 'admagan_http_responses_total{path="/v1/images/generations",status="429"} 1.0' in text
    assert 'admagan_http_responses_total{path="/v1/images/generations",status="200"} 1.0' in text


def test_too_late_is_504(start) -> None:
    engine = start(seconds=0.05)
    client = client_of(engine)
    busy(engine)
    threading.Timer(0.2, engine.model.networks.gate.set).start()
    answer = client.post(IMAGES, json={"prompt": "a man"})
    assert (answer.status_code, error_of(answer)["code"]) == (504, "timed_out")


def test_shutting_down_is_503(start) -> None:
    engine = start()
    client = client_of(engine)
    assert client.get("/healthz").json() == {"status": "ok"}
    engine.close(10)
    for answer in (client.post(IMAGES, json={"prompt": "a man"}), client.get("/healthz")):
        assert (answer.status_code, error_of(answer)["code"]) == (503, "closed")
        assert answer.headers["retry-after"] == "5"


def test_a_fault_is_500_and_tells_nothing_of_the_inside(start, caplog) -> None:
    engine = start()
    engine.model.networks.fault = RuntimeError("/secret/path")
    answer = client_of(engine).post(IMAGES, json={"prompt": "a man"})
    assert (answer.status_code, error_of(answer)["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "/secret/path" in caplog.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:7860", 200),
        ("LOCALHOST", 200),
        ("[::1]:80", 200),
        ("evil.example:7860", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost@evil.example", 400),
        ("", 400),
    ],
)
def test_only_own_names_are_answered_to(start, host, status) -> None:
    client = client_of(start(), hosts=hosts_of("127.0.0.1", "127.0.0.1", ()))
    assert client.get("/healthz", headers={"host": host}).status_code == status


def test_a_host_may_be_an_address() -> None:
    assert host_name("[2001:db8::1]:80") == "2001:db8::1"


def test_the_page_has_what_is_not_the_api(start) -> None:
    client = client_of(start(), page=problem(418, "the page", "page"))
    assert client.get("/").status_code == 418
    assert client.get("/v1x").status_code == 418
    assert client.get("/v1/x").status_code == 404
    assert client.put("/v1/models").status_code == 405


def test_openapi_describes_requests_and_errors_and_no_page_loads_scripts(client) -> None:
    described = client.get("/openapi.json").json()
    operation = described["paths"][IMAGES]["post"]
    assert set(operation["responses"]) == {"200", "4XX", "5XX"}
    fields = described["components"]["schemas"]["GenerationRequest"]["properties"]
    assert fields["seed"]["description"].startswith("The same seed")
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
