"""Commands that use a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from admagan.commands import Flag, Repeated
from admagan.errors import InputError, needs
from admagan.schema.whole import WHOLE, Whole

if TYPE_CHECKING:
    from admagan.runtime.pipeline import AdmaGAN


def generate(
    prompt: str = "",
    /,
    *,
    number: Annotated[int, Parameter(name=["--number", "-n"]), WHOLE] = 1,
    seed: Whole | None = None,
    attr: Repeated = None,
    without: Annotated[list[str] | None, Parameter(name="--not", negative=())] = None,
    truncation: float = 1.0,
    imagine: bool = True,
    model: str = "avatars",
    prompts: Path | None = None,
    json: Flag = False,
    backend: Literal["onnx", "torch"] = "onnx",
    separate: Flag = False,
    out: Path = Path("out.png"),
) -> None:
    """Make pictures of a sentence.

    Args:
        prompt: What they should show, in a language of the model. May be left out where --attr is given.
        number: Pictures of each prompt.
        seed: The same seed gives the same pictures again; left out: a random one, which is printed.
        attr: An attribute that they must have, such as "blue hat" or, weaker, "beard=0.5"; may be repeated.
        without: An attribute that they must not have, whatever the prompt says; may be repeated.
        truncation: Above 0 up to 1; below 1 there is less variety and fewer failures.
        imagine: Give each picture other attributes where the prompt leaves them open, as training pictures have them.
        model: A bundled model, a model folder, or a Hugging Face Hub id such as user/name.
        prompts: A text file with a prompt on each line, instead of `prompt`.
        json: Print one JSON object instead of text.
        backend: What computes: ONNX Runtime, or torch where it is installed.
        separate: Write each picture to a file of its own, numbered, instead of one sheet with captions.
        out: The picture file: .png, .jpg or .webp. One picture is saved as it is, several as a sheet.
    """
    from admagan.runtime.generate import Prompt, Request, read_prompts, read_strengths
    from admagan.runtime.generate import generate as run

    if prompt and prompts:
        raise InputError("prompt and --prompts", "one of them", "both")
    request = Request(
        prompts=read_prompts(prompts) if prompts else [Prompt(prompt)],
        out=out,
        n=number,
        seed=seed,
        attributes=read_strengths(attr or ()),
        negative=without or (),
        truncation=truncation,
        imagine=imagine,
        separate=separate,
    )
    run(load_model(model, backend), request, json)


def models(*, json: Flag = False) -> None:
    """List the bundled models.

    Args:
        json: Print one JSON object instead of text.
    """
    from admagan.runtime.doctor import list_models

    list_models(json)


def doctor(model: str | None = None, /, *, json: Flag = False) -> None:
    """Check this machine, the packages and the models; exit status 2 if something does not work.

    Args:
        model: A bundled model, a model folder, or a Hub id (user/name; it is downloaded) to check, and to make
            pictures with; left out: the bundled models.
        json: Print one JSON object instead of text.
    """
    from admagan.runtime.doctor import diagnose

    diagnose(model, json)


def push(model: str, repository: str, /, *, private: Flag = False) -> None:
    """Publish a model folder on the Hugging Face Hub, as the user that `hf auth login` signed in.

    Args:
        model: A model folder, or the name of a bundled model; it is checked first.
        repository: Where to, such as user/name; made if it is not there.
        private: Make it so that only you can see it.
    """
    from admagan.runtime.hub import push as run
    from admagan.runtime.models import find_model

    print(run(find_model(model), repository, private))


def load_model(model: str, backend: str) -> AdmaGAN:
    """Load a model with one of the backends."""
    from admagan.runtime.pipeline import AdmaGAN

    if backend == "onnx":
        return AdmaGAN.load(model)
    with needs("train", "--backend torch"):
        from admagan.export.torch_networks import load_with_torch
    return load_with_torch(model)
