"""Commands that show ways through a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from admagan.commands import Repeated
from admagan.commands.models import load_model
from admagan.runtime.explore import Scene
from admagan.runtime.pipeline import AdmaGAN
from admagan.schema.whole import WHOLE, Whole


@Parameter(name="*")
@dataclass(frozen=True)
class SceneOptions:
    """Options that all of these commands have."""

    seed: Whole = 0
    """Of the noise."""
    attr: Repeated = None
    """An attribute that all pictures have, such as "blue hat" or "beard=0.5"; may be repeated."""
    without: Annotated[list[str] | None, Parameter(name="--not", negative=())] = None
    """An attribute that no picture has; may be repeated."""
    truncation: float = 1.0
    """Above 0 up to 1; below 1 there is less variety and fewer failures."""
    model: str = "avatars"
    """A bundled model, a model folder, or a Hugging Face Hub id such as user/name."""
    backend: Literal["onnx", "torch"] = "onnx"
    """What computes: ONNX Runtime, or torch where it is installed."""

    def load(self) -> AdmaGAN:
        """Load the model."""
        return load_model(self.model, self.backend)

    def scene(self, prompt: str, rows: int = 1) -> Scene:
        """Return the scene that the options and a prompt describe, with so many noises."""
        from admagan.runtime.generate import read_strengths

        strengths = read_strengths(self.attr or ())
        return Scene(prompt, self.seed, rows, self.truncation, strengths, self.without or ())


DEFAULTS = SceneOptions()
Rows = Annotated[int, Parameter(name=["--number", "-n"]), WHOLE]


def interpolate(
    prompt: str,
    to_prompt: str = "",
    /,
    *,
    to_seed: Whole | None = None,
    steps: Whole = 8,
    number: Rows = 1,
    common: SceneOptions = DEFAULTS,
    out: Path = Path("way.png"),
) -> None:
    """Go from one prompt or seed to another.

    Args:
        prompt: Where to begin.
        to_prompt: Where to end; left out: with the same prompt.
        to_seed: Seed to end with; left out: the same.
        steps: Pictures in a row, both ends included.
        number: Rows, each with a noise of its own.
        out: A picture (.png, .jpg, .webp) with all steps, or an animation (.gif).
    """
    from admagan.runtime.explore import interpolate as run
    from admagan.runtime.explore import way_format, write_way

    way_format(out)
    model, scene = common.load(), common.scene(prompt, number)
    write_way(run(model, scene, to_prompt, to_seed, steps), out)
    _say(model, scene, prompt, to_prompt)
    print(out)


def sweep(
    attribute: str,
    prompt: str = "",
    /,
    *,
    steps: Whole = 8,
    number: Rows = 1,
    common: SceneOptions = DEFAULTS,
    out: Path = Path("sweep.png"),
) -> None:
    """Turn one attribute up from 0 to 1.

    Args:
        attribute: Which one.
        prompt: What the pictures show beside it.
        steps: Pictures in a row, both ends included.
        number: Rows, each with a noise of its own.
        out: A picture (.png, .jpg, .webp) with all steps, or an animation (.gif).
    """
    from admagan.runtime.explore import sweep as run
    from admagan.runtime.explore import way_format, write_way

    way_format(out)
    model, scene = common.load(), common.scene(prompt, number)
    write_way(run(model, scene, attribute, steps), out)
    _say(model, replace(scene, attributes=scene.attributes | {attribute: 1.0}), prompt)
    print(out)


def matrix(
    prompt: str = "",
    /,
    *,
    rows: Annotated[str, Parameter(allow_leading_hyphen=True)],
    columns: Annotated[str, Parameter(allow_leading_hyphen=True)],
    common: SceneOptions = DEFAULTS,
    out: Path = Path("matrix.png"),
) -> None:
    """Show every attribute of one list with every attribute of another.

    Args:
        prompt: What the pictures show beside them.
        rows: Attributes, separated by commas; - stands for none.
        columns: Attributes, separated by commas; - stands for none.
        out: The picture file (.png, .jpg, .webp).
    """
    from admagan.runtime.explore import matrix as run
    from admagan.runtime.generate import picture_format, save_picture

    kind = picture_format(out)
    names = [[name.strip() for name in text.split(",")] for text in (rows, columns)]
    model, scene = common.load(), common.scene(prompt)
    save_picture(run(model, scene, names[0], names[1]), out, kind)
    _say(model, scene, prompt)
    print(out)


def _say(model: AdmaGAN, scene: Scene, *prompts: str) -> None:
    """Print what was understood of prompts that are not empty."""
    from admagan.runtime.generate import say_understood

    for prompt in filter(str.strip, prompts):
        print(prompt)
        say_understood(model.read(prompt, scene.attributes, scene.negative))
