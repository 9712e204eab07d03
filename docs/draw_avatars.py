"""Draw the sheet of docs/avatars.md: pictures of a made set with one caption each, drawn three times as large.

    admagan data make avatars /tmp/avatars --count 400
    python docs/draw_avatars.py /tmp/avatars docs/images/avatars.png --font NotoSansCJK-Regular.ttc

Captions alternate between English and Chinese; the font must have both.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLUMNS, ROWS, ZOOM, GAP, LINES = 7, 4, 2, 12, 4
LONGEST = 75


def main() -> None:
    """Read the arguments, draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--font", required=True)
    arguments = parser.parse_args()
    lines = (arguments.data / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = choose([json.loads(line) for line in lines])
    sheet = draw(arguments.data, chosen, ImageFont.truetype(arguments.font, 13, index=2))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    sheet.quantize(255, dither=Image.Dither.NONE).save(arguments.out, optimize=True)


def choose(records: list[dict]) -> list[tuple[str, str]]:
    """Return (file name, caption) so that styles take turns and captions say much, but fit."""
    kinds: dict[str, list[dict]] = {}
    for record in records:
        kinds.setdefault(f"{record['tags']['style']} {record['tags']['subject']}", []).append(record)
    chosen = []
    for number in range(COLUMNS * ROWS):
        of_kind = kinds[sorted(kinds)[number % len(kinds)]]
        record = of_kind[number // len(kinds)]
        chinese = (number + number // COLUMNS) % 3 == 2
        captions = [text for text in record["text"] if text.isascii() != chinese]
        fitting = [text for text in captions if len(text) * (2 if chinese else 1) <= LONGEST]
        chosen.append((record["file_name"], max(fitting or captions[:1], key=len)))
    return chosen


def draw(root: Path, chosen: list[tuple[str, str]], font: ImageFont.FreeTypeFont) -> Image.Image:
    """Return the sheet."""
    with Image.open(root / chosen[0][0]) as first:
        side = first.width * ZOOM
    line = 17
    cell, height = side + GAP + 14, side + LINES * line + GAP
    sheet = Image.new("RGB", (COLUMNS * cell + GAP, ROWS * height + GAP), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (file_name, caption) in enumerate(chosen):
        x, y = GAP + number % COLUMNS * cell, GAP + number // COLUMNS * height
        with Image.open(root / file_name) as picture:
            sheet.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (x, y))
        pen.rectangle((x - 1, y - 1, x + side, y + side), outline="#dddddd")
        for row, text in enumerate(wrap(caption, side + 14, font)[:LINES]):
            pen.text((x, y + side + 3 + row * line), text, fill="#222222", font=font)
    return sheet


def wrap(text: str, width: int, font: ImageFont.FreeTypeFont) -> list[str]:
    """Break `text` into lines of at most `width` pixels: between words, in Chinese anywhere."""
    pieces = [word + " " for word in text.split(" ")] if text.isascii() else list(text)
    lines = [""]
    for piece in pieces:
        if piece not in "，。、" and font.getlength((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


if __name__ == "__main__":
    main()
