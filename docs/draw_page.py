"""Draw docs/images/page.png: `admagan serve` in one terminal, `python docs/draw_page.py` in another. Needs Chromium."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

OUT = Path(__file__).resolve().parent / "images" / "page.png"
PROMPT = "a smiling woman with long hair and a zorgly hat"
URL = "http://127.0.0.1:7860"


def photograph(url: str) -> Image.Image:
    """Return the page after a prompt with one attribute chosen and one refused."""
    with sync_playwright() as started:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        page = browser.new_page(locale="en-US", viewport={"width": 1280, "height": 860})
        page.goto(url)
        page.locator(".ag-example img").first.wait_for()
        page.get_by_label("Prompt").fill(PROMPT)
        page.get_by_label("number input for Pictures").fill("8")
        page.get_by_label("Seed").fill("4")
        for group, name, clicks in (("eyewear", "glasses", 2), ("hair colour", "blue hair", 1)):
            page.locator("summary", has_text=group).click()
            for _ in range(clicks):
                page.locator(f'.ag-groups [data-name="{name}"]').click()
        page.locator("summary", has_text="eyewear").click()
        page.locator("#ag-generate").click()
        page.locator(".ag-pictures img").first.wait_for()
        page.mouse.move(5, 5)
        page.wait_for_timeout(1000)
        taken = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(taken)).convert("RGB")


if __name__ == "__main__":
    picture = photograph(sys.argv[1] if len(sys.argv) > 1 else URL)
    picture.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(OUT, optimize=True)
