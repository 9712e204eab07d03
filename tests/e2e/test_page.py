"""The page of `admagan serve`, used in a browser as people do; neither end may ask another host for anything."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]
PATIENCE = 30_000
"""Milliseconds: a busy machine must not fail this."""

WATCH = """
import os, sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        with open(os.environ["WATCHED"], "a") as file:
            print(event, arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0], file=file)
sys.addaudithook(watch)
"""
"""Python runs this when it starts, and so notes whomever the server calls."""


@dataclass
class Seen:
    """What a browser asked for, and what it complained of."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    (folder / "sitecustomize.py").write_text(WATCH)
    (folder / "temporary").mkdir()
    paths = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    environment = {"PYTHONPATH": paths, "WATCHED": str(folder / "calls"), "TMPDIR": str(folder / "temporary")}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "admagan", "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=folder,
            env=os.environ | environment,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "(page and API" in line, line + (folder / "log").read_text()
            yield line.split(" ")[0]
        finally:
            process.terminate()
            assert process.wait(30) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    options = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def open_page(browser, url: str, seen: Seen) -> Iterator[object]:  # type: ignore[no-untyped-def]
    contexts = []

    def call(language: str = "en-US", width: int = 1280, height: int = 900) -> object:
        contexts.append(browser.new_context(locale=language, viewport={"width": width, "height": height}))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("request", lambda request: seen.hosts.add(urlsplit(request.url).hostname or "inline"))
        page.on("requestfailed", lambda request: seen.complaints.append(f"failed: {request.url}"))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and seen.complaints.append(said.text))
        page.goto(url)
        page.locator(".ag-example img").first.wait_for()
        return page

    yield call
    for context in contexts:
        context.close()
    assert seen.hosts <= {"127.0.0.1", "inline"}
    streams = re.compile(r"failed: .*/gradio_api/(queue/data|heartbeat)")  # end with the page
    assert [complaint for complaint in seen.complaints if not streams.match(complaint)] == []


def generate(page) -> list[str]:  # type: ignore[no-untyped-def]
    """Press the button, wait for new pictures and return them."""
    old = (
        page.locator(".ag-pictures img").first.get_attribute("src") if page.locator("figure").count() else ""
    )
    page.locator("#ag-generate").click()
    page.wait_for_function(
        "old => { const first = document.querySelector('.ag-pictures img'); return first && first.src !== old }",
        arg=old,
    )
    pictures = page.locator(".ag-pictures img")
    assert all(pictures.evaluate_all("all => all.map(one => one.naturalWidth > 0)"))
    return list(pictures.evaluate_all("all => all.map(one => one.src)"))


def spread(sources: list[str]) -> float:
    """Return how much pictures, as data URLs, differ: the mean deviation of their pixels."""
    pictures = [
        Image.open(io.BytesIO(base64.b64decode(one.partition(",")[2]))).convert("RGB") for one in sources
    ]
    return float(np.stack([np.asarray(one, np.float64) for one in pictures]).std(0).mean())


def test_from_a_sentence_and_chips_to_pictures(open_page, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    page.get_by_label("Prompt").fill("a woman with long hair and a zorgly hat")
    page.locator("summary", has_text="hair colour").click()
    page.locator(".ag-groups").get_by_role("button", name="blue hair").click()
    glasses = page.locator('.ag-groups [data-name="glasses"]')
    page.get_by_label("Find an attribute").fill("glasses")
    glasses.click()
    expect(glasses).to_have_accessible_name(re.compile("with glasses"))
    glasses.click()
    expect(glasses).to_have_accessible_name(re.compile("without glasses"))
    page.get_by_label("Seed").fill("3")
    assert len(generate(page)) == 4
    expect(page.locator(".ag-understood")).to_contain_text("blue hair")
    expect(page.locator(".ag-absent")).to_contain_text("without glasses", use_inner_text=True)
    expect(page.locator(".ag-unknown")).to_have_text(["zorgly"])

    with page.expect_download() as download:
        page.locator("figure a").nth(1).click(force=True)
    assert download.value.suggested_filename == "a-woman-with-long-hair-and-a-zorgly-hat-3-2.png"
    download.value.save_as(tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        picture.load()
        assert picture.size == (64, 64)
        about = json.loads(picture.text["admagan"])
    assert (about["seed"], about["image"], about["imagine"]) == (3, 1, True)
    strengths = {attribute["name"]: attribute["strength"] for attribute in about["attributes"]}
    assert (strengths["blue hair"], strengths["glasses"]) == (1, 0)

    page.locator(".ag-enlarge").first.click()
    expect(page.locator("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()


def test_chips_go_round_by_keyboard_and_are_cleared(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    page.locator("summary", has_text="style").press("Enter")
    chip = page.locator('.ag-groups [data-name="voxel style"]')
    for state in ("on", "off", "free", "on"):
        chip.press("Space")
        expect(chip).to_have_attribute("data-state", state)
    expect(page.locator(".ag-chosen")).to_contain_text("voxel style")
    page.locator('.ag-groups [data-name="soft style"]').press("Space")
    page.locator(".ag-chosen .ag-chip").last.press("Space")
    expect(page.locator(".ag-chosen .ag-chip")).to_be_focused()  # not lost with the chip that is gone
    page.get_by_label("Find an attribute").fill("beard")
    page.get_by_label("Find an attribute").fill("")
    expect(chip).to_be_visible()  # in the group that was opened by hand
    page.get_by_role("button", name="Clear").click()
    expect(chip).to_have_attribute("data-state", "free")
    expect(page.locator(".ag-chosen")).to_be_empty()


def test_a_seed_that_is_kept_gives_the_same_pictures(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    page.get_by_label("Prompt").fill("a man with a hat")
    first = generate(page)
    page.get_by_role("button", name="Keep this seed").click()
    expect(page.get_by_label("Seed")).to_have_value(page.locator(".ag-seed").inner_text())
    page.get_by_label("Prompt").fill("a woman")
    assert generate(page) != first
    page.get_by_label("Prompt").fill("a man with a hat")
    assert generate(page) == first
    page.get_by_label("Vary what is left open").uncheck()
    plain = generate(page)
    # With it, pictures of a seed have different attributes; without, next to nothing but noise.
    assert spread(plain) < spread(first) / 2
    page.get_by_role("button", name="Random").click()
    expect(page.get_by_label("Seed")).not_to_have_value(page.locator(".ag-seed").inner_text())


def test_what_is_wrong_is_one_message(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    alert = page.locator('.ag [role="alert"]')
    page.locator("#ag-generate").click()
    expect(alert).to_contain_text("Type a prompt")
    page.get_by_label("Prompt").fill("😀😀")
    page.get_by_label("Prompt").press("Enter")
    expect(alert).to_contain_text("Prompt: expected")
    page.get_by_label("Seed").fill("x")
    page.locator("#ag-generate").click()
    expect(alert).to_contain_text("Seed: expected a whole number")
    expect(alert).to_have_count(1)


def test_chinese_on_a_phone(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page("zh-CN", 390, 844)
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.get_by_label("描述")).to_be_visible()
    page.locator(".ag-example", has_text="一个戴着蓝色帽子的男人").click()
    expect(page.locator(".ag-understood")).to_contain_text("蓝色帽子")
    expect(page.get_by_label("描述")).to_have_value("一个戴着蓝色帽子的男人")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_language_is_switched_and_stays(open_page) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_label("描述")).to_be_visible()
    expect(page.locator("#ag-generate")).to_have_text("生成")
    page.reload()
    expect(page.get_by_label("描述")).to_be_visible()


def test_the_server_called_nobody_and_left_no_file(open_page, folder: Path) -> None:  # type: ignore[no-untyped-def]
    page = open_page()
    page.get_by_label("Prompt").fill("a man")
    generate(page)
    calls = (folder / "calls").read_text() if (folder / "calls").exists() else ""
    assert [line for line in calls.splitlines() if "127.0.0.1" not in line] == []
    assert [path for path in (folder / "temporary").rglob("*") if path.is_file()] == []
    assert {path.name for path in folder.iterdir()} <= {
        "sitecustomize.py",
        "__pycache__",
        "temporary",
        "calls",
        "log",
    }
