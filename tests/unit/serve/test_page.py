"""The page: what its buttons do, what it draws, and which of Gradio's routes are left."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import gradio as gr
import pytest
from PIL import Image
from starlette.testclient import TestClient

from admagan.bank import AttributeBank
from admagan.errors import InputError
from admagan.runtime.pipeline import AdmaGAN, Result
from admagan.runtime.prompt import TooLongError, Understood
from admagan.schema.records import Attribute
from admagan.serve.engine import Engine
from admagan.serve.limits import Closed, Limits, Overloaded, TimedOut
from admagan.serve.page import make_page, parts
from admagan.serve.page.blocks import Page, relabel
from admagan.serve.page.examples import example_prompts
from admagan.serve.page.requests import NOTHING_ASKED, explain, read_request
from admagan.serve.page.routes import POLICY
from admagan.serve.page.words import WORDS, group_name

BANK = AttributeBank(
    (
        Attribute(name="red", group="colour", phrases={"en": ["red"], "zh": ["红色"]}, count=9),
        Attribute(name="blue", group="colour", phrases={"en": ["blue"], "zh": ["蓝色"]}, count=5),
        Attribute(name="<b>${1}</b> {{x}}", group="", count=2),
        Attribute(name="big", group="size", count=8),
    )
)


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Iterator[Engine]:
    engine = Engine(AdmaGAN.load(tiny_model))
    yield engine
    engine.close(10)


@pytest.fixture(scope="module")
def page(engine: Engine) -> Page:
    return Page(engine)


def result(**changes: object) -> Result:
    values = {
        "images": [Image.new("RGB", (8, 8), "red")] * 2,
        "prompt": "红色 <i>thing</i>/../x",
        "seed": 7,
        "attributes": (Understood("red", 1, 0.25, "classifier"), Understood("big", 0, 1, "option")),
        "unknown_words": ("<i>",),
    }
    return Result(**{**values, **changes})  # type: ignore[arg-type]


def test_what_is_typed_and_chosen_becomes_a_request() -> None:
    request = read_request(" a thing ", {"on": ["red"], "off": ["big"]}, " 12 ", 3, 0.5)
    assert (request.prompt, request.n, request.seed, request.truncation) == ("a thing", 3, 12, 0.5)
    assert (dict(request.attributes), tuple(request.negative)) == ({"red": 1.0}, ("big",))
    assert request.imagine
    assert not read_request("x", "", "", 1, 1, imagine=False).imagine
    assert read_request("x", "", "", 1, 1).seed is None
    assert read_request("", {"on": ["red"], "off": []}, None, 1, 1).prompt == ""


@pytest.mark.parametrize(
    ("prompt", "chips", "seed", "where"),
    [
        (" ", {"on": [], "off": ["red"]}, "", "prompt"),
        ("x", {}, "1.5", "seed"),
        ("x", {}, "-1", "seed"),
        ("x", {}, "1" * 5000, "seed"),
        ("x", {}, "²", "seed"),
        ("x", {"on": 3, "off": []}, "", "attributes"),
        ("x", {"on": [{}], "off": []}, "", "attributes"),
        ("x", ["red"], "", "attributes"),
    ],
)
def test_what_cannot_be_met_is_said(prompt: str, chips: object, seed: str, where: str) -> None:
    with pytest.raises(InputError) as raised:
        read_request(prompt, chips, seed, 1, 1)
    assert raised.value.where == where


@pytest.mark.parametrize(
    "error",
    [
        NOTHING_ASKED,
        InputError("prompt", "known words", "'zzz'"),
        InputError("seed", "a number", "x"),
        TooLongError(3000, 2000),
        InputError("attribute", "a name", "x"),
        Overloaded(3),
        TimedOut(1),
        Closed(),
    ],
)
def test_every_error_is_one_message_in_both_languages(error: InputError) -> None:
    shown = parts.result(error, BANK)
    message = explain(error)
    assert shown.count('role="alert"') == 1
    assert re.search("[\u4e00-\u9fff]", message.zh)
    assert message.en in unescape(shown)
    assert message.zh in unescape(shown)


def test_pictures_are_downloaded_with_a_name_and_what_they_were_made_of() -> None:
    shown = parts.result(result(), BANK, {"model": "tiny"})
    names = re.findall(r'download="([^"]+)"', shown)
    assert names == ["红色-i-thing-i-x-7-1.png", "红色-i-thing-i-x-7-2.png"]
    urls = re.findall(r'href="data:image/png;base64,([^"]+)"', shown)
    picture = Image.open(io.BytesIO(base64.b64decode(urls[1])))
    picture.load()
    about = json.loads(picture.text["admagan"])
    assert (about["model"], about["prompt"], about["seed"], about["image"]) == ("tiny", result().prompt, 7, 1)
    assert "<i>" not in shown
    assert 'value="0.250"' in shown
    assert "红色" in shown.partition('class="ag-understood"')[2]
    assert shown.index(WORDS["off"].en) < shown.index('value="1.000"')


def test_names_of_attributes_are_text_and_nothing_else() -> None:
    shown = parts.chips(BANK)
    assert shown.count("data-name=") == len(BANK)
    assert "<b>" not in shown
    assert 'data-words="red 红色"' in shown
    assert group_name("").en in shown


def test_examples_of_a_model_of_other_words_are_made_of_its_attributes() -> None:
    made = example_prompts(BANK, ("en", "zh"))
    assert [(one.prompt, one.language) for one in made] == [("red, big", "en"), ("蓝色, big", "zh")]
    assert example_prompts(AttributeBank(()), ("en",)) == []
    written = example_prompts(AdmaGAN.load("avatars").attributes, ("en", "zh"))
    assert {one.language for one in written} == {"en", "zh"}
    assert len(written) == 12


def test_the_button_shows_pictures_or_what_is_wrong(page: Page, engine: Engine) -> None:
    name = engine.model.attributes.names[0]
    shown = asyncio.run(page.generate("", {"on": [name], "off": []}, "5", 3, 0.8))
    assert shown.count("<figure>") == 3
    assert name in shown
    wrong = asyncio.run(page.generate("", {}, "", 1, 1))
    assert wrong.count("ag-error") == 1
    assert "<figure>" not in wrong
    assert "ag-error" in asyncio.run(page.generate("", {"on": ["no such"], "off": []}, "", 1, 1))


def test_examples_show_their_pictures_and_are_drawn_once(page: Page) -> None:
    first = asyncio.run(page.draw_examples())
    assert first.count("data:image/png") == len(page.examples) > 0
    assert asyncio.run(page.draw_examples()) is first


def test_examples_are_drawn_once_for_all_who_come_at_the_same_time(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    submit = page.engine.submit
    monkeypatch.setattr(page, "_drawn_examples", None)
    monkeypatch.setattr(page.engine, "submit", lambda request: asked.append(request) or submit(request))

    async def visits() -> list[str]:
        return await asyncio.gather(*(page.draw_examples() for _ in range(5)))

    assert len(set(asyncio.run(visits()))) == 1
    assert len(asked) == len(page.examples)


def test_a_server_of_single_pictures_has_a_page(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page.engine, "limits", Limits(pictures=1))
    blocks = page.blocks()
    (number,) = [
        block for block in blocks.blocks.values() if getattr(block, "label", None) == WORDS["number"].en
    ]
    assert not number.visible


def test_a_number_that_was_cleared_is_one_message(page: Page) -> None:
    sliders = [block for block in page.blocks().blocks.values() if isinstance(block, gr.Slider)]
    assert [slider.preprocess(None) for slider in sliders] == [None, None]
    with pytest.raises(gr.Error):
        sliders[0].preprocess(99)
    assert "ag-error" in asyncio.run(page.generate("a man", {}, "", None, 1))


def test_examples_need_no_long_queue(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_drawn_examples", None)
    monkeypatch.setattr(page.engine, "limits", Limits(queue=1, pictures=1))
    assert asyncio.run(page.draw_examples()).count("data:image/png") == len(page.examples)


def test_an_engine_that_refuses_leaves_the_examples_without_pictures(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise Overloaded(128)

    monkeypatch.setattr(page, "_drawn_examples", None)
    monkeypatch.setattr(page.engine, "limits", Limits(prompt=5))
    assert "data:image" not in asyncio.run(page.draw_examples())
    monkeypatch.setattr(page.engine, "submit", refuse)
    assert "data:image" not in asyncio.run(page.draw_examples())
    assert explain(Overloaded(128)).en in unescape(asyncio.run(page.generate("x", {}, "", 1, 1)))


def test_both_languages_say_everything() -> None:
    assert all(both.en and re.search("[\u4e00-\u9fff]", both.zh) for both in WORDS.values())
    english, chinese = relabel("en"), relabel("zh")
    assert all(a != b and a.keys() == b.keys() for a, b in zip(english, chinese, strict=True))
    groups = AdmaGAN.load("avatars").attributes.groups
    assert all(group_name(group).zh != group for group in groups)


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[TestClient]:
    with TestClient(make_page(engine)) as client:
        yield client


def test_the_page_refuses_to_ask_other_hosts(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert not re.findall(r'(?:src|href)="https?://', answer.text)
    assert "http" not in POLICY


def test_scripts_of_other_sites_have_no_use_of_it(client: TestClient) -> None:
    elsewhere = {"Origin": "http://evil.example"}
    asked = client.options(
        "/gradio_api/queue/join", headers=elsewhere | {"Access-Control-Request-Method": "POST"}
    )
    read = client.get("/config", headers=elsewhere)
    assert not [
        name for answer in (asked, read) for name in answer.headers if name.startswith("access-control")
    ]
    posted = client.post("/gradio_api/queue/join", headers={"Sec-Fetch-Site": "cross-site"}, json={})
    assert (posted.status_code, posted.json()["error"]["code"]) == (403, "other_site")
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200  # a link


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/proxy=https://example.org/"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/run/generate"),
        ("GET", "/monitoring"),
        ("GET", "/gradio_api/heartbeat/x"),
        ("GET", "/docs"),
        ("GET", "/nothing"),
        ("POST", "/"),
    ],
)
def test_nothing_of_gradio_is_open_that_the_page_does_not_need(
    client: TestClient, method: str, path: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
