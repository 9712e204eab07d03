"""Make the pictures of docs/generate.md and README.md anew, by the very commands that docs/generate.md shows.

    python docs/draw_generate.py            # after the bundled model has changed; captions in Chinese need a font

Every indented line that begins with `admagan` and writes below docs/images is run as it stands, from the root of the
repository.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "docs/images/"


def main() -> None:
    """Run the commands, then store PNG files with a palette, at a third of the size."""
    for command in commands((ROOT / "docs" / "generate.md").read_text(encoding="utf-8")):
        print(shlex.join(command))
        subprocess.run([sys.executable, "-m", *command], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
        out = ROOT / command[command.index("--out") + 1]
        if out.suffix == ".png":
            with Image.open(out) as picture:
                smaller = picture.convert("RGB").quantize(255, dither=Image.Dither.NONE)
            smaller.save(out, optimize=True)


def commands(text: str) -> list[list[str]]:
    """Return the commands of a Markdown text that write pictures for it."""
    lines = (line.strip() for line in text.splitlines() if line.startswith("    admagan "))
    return [shlex.split(line) for line in lines if f"--out {FOLDER}" in line]


if __name__ == "__main__":
    main()
