"""The command line: each command is one function that calls one function of the layer below."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import cyclopts
from cyclopts import Parameter
from rich.markup import escape

from admagan import __version__
from admagan.errors import InputError, missing_extra
from admagan.progress import console

if TYPE_CHECKING:
    from admagan.runtime.pipeline import AdmaGAN

    SettingsOptions = Any
else:
    from admagan.schema.overrides import SettingsOptions

Flag = Annotated[bool, cyclopts.Parameter(negative=())]
Repeated = Annotated[list[str] | None, cyclopts.Parameter(negative=())]

app = cyclopts.App(
    name="admagan", help="Text-to-image models from your own captioned, tagged pictures.", version=__version__
)
data_app = cyclopts.App(name="data", help="Make, import, check and describe data sets.")
app.command(data_app)
convert_app = cyclopts.App(name="convert", help="Make model folders of other models.")
app.command(convert_app)
import_app = cyclopts.App(name="import", help="Import published data sets.")
data_app.command(import_app)
make_app = cyclopts.App(name="make", help="Make a built-in data set.")
data_app.command(make_app)


@data_app.command
def check(root: Path, *, fix: Path | None = None, json: Flag = False) -> None:
    """Name everything that is wrong with a data set; exit status 2 if training would refuse it.

    Args:
        root: The data set folder, with metadata.jsonl or metadata.csv in it.
        fix: Write a cleaned copy of the metadata to this .jsonl file; the original is not touched.
        json: Print one JSON object with all findings.
    """
    from admagan.data.check.command import run_check

    sys.exit(run_check(root, fix, json))


@data_app.command
def stats(root: Path, *, out: Path) -> None:
    """Show what is in a data set: samples, attributes, captions, what goes together; as a page and PNG files.

    Args:
        root: The data set folder, with metadata.jsonl or metadata.csv in it.
        out: A new folder, or that of an earlier report. Open index.html in it.
    """
    from admagan.data.stats import write_stats

    print(write_stats(root, out))


@data_app.command
def shard(root: Path, out: Path, *, shard_mb: float = 256) -> None:
    """Write a data set as WebDataset shards, for sets too large to be decoded into a cache.

    Args:
        root: The data set folder.
        out: Folder for the shards, empty or not there yet. It is a data set folder that `train` takes.
        shard_mb: Megabytes from which on a new shard is begun. Training needs one per process at least.
    """
    from admagan.data.manifest import read_manifest
    from admagan.data.shards import summary, write_shards

    print(summary(write_shards(read_manifest(root), out, shard_mb), out))


@app.command
def train(
    data: Path,
    *,
    preset: str | None = None,
    out: Path | None = None,
    config: list[Path] | None = None,
    resume: Flag = False,
    init: Path | None = None,
    stage: Literal["data", "text", "tagger", "gan", "model"] | None = None,
    device: str = "auto",
    dry_run: Flag = False,
    settings: Annotated[SettingsOptions | None, Parameter(name="*", consume_multiple=True)] = None,
) -> None:
    """Make a model from a folder of captioned pictures. The same command again goes on where it stopped.

    Args:
        data: The data set folder, with metadata.jsonl or metadata.csv in it.
        preset: Where the settings start: smoke, cpu-64, cpu-128, cub-256, coco-256, dfgan-64, dfgan-256,
            reference-64, reference-cub-256 or reference-coco-256. Unset: those of the run folder, else cpu-64.
        out: The run folder; unset: runs/DATA-PRESET. The model folder will be in it, as `model`.
        config: A YAML file with settings, over the preset; may be given several times.
        resume: Fail if there is nothing to go on with, instead of beginning.
        init: A model folder to begin from, instead of untrained networks.
        stage: Stop after this stage. `model` makes a model folder of the last state, without further training.
        device: auto, cpu or cuda.
        dry_run: Check data and settings, build the networks and time two steps; write nothing.
        settings: Any setting, over preset and files.
    """
    from admagan.schema.overrides import given

    try:
        from admagan.training.command import Typed
        from admagan.training.command import train as run
    except ImportError as error:
        raise missing_extra(error.name or "torch", "train", "training") from error
    overrides = given(settings) if settings is not None else {}
    sys.exit(run(Typed(data, preset, out, config or [], overrides, resume, init, stage, device, dry_run)))


@import_app.command
def cub(
    root: Path,
    out: Path,
    *,
    captions: Path | None = None,
    split: Literal["classes", "images"] = "classes",
    class_split: Path | None = None,
    least_certainty: Literal[1, 2, 3, 4] = 2,
    species: bool = False,
    pictures: Literal["link", "copy"] = "link",
) -> None:
    """Import CUB-200-2011 birds with their 312 attributes and ten captions per image.

    Args:
        root: The folder with images.txt, bounding_boxes.txt, attributes/ and images/.
        out: The new data set folder.
        captions: Folder with CLASS/NAME.txt; without it, text_c10 or text in or beside ROOT.
        split: By classes, as text-to-image papers do, or by train_test_split.txt.
        class_split: Text file that names the test classes; without it, testclasses.txt in or beside ROOT.
        least_certainty: Labels less certain are unknown: 1 not visible, 2 guessing, 3 probably, 4 definitely.
        species: Add the class name as a tag.
        pictures: Hard links to the images, or copies.
    """
    from admagan.data.sources.cub import CubSettings, read_cub
    from admagan.data.sources.folder import import_data_set

    settings = CubSettings(captions, split, class_split, least_certainty, species)
    import_data_set(lambda: read_cub(root, settings), out, pictures)


@import_app.command
def coco(root: Path, out: Path, *, pictures: Literal["link", "copy"] = "link") -> None:
    """Import COCO 2014 with its captions and the 80 object categories as attributes.

    Args:
        root: The folder with annotations/, train2014/ and val2014/.
        out: The new data set folder; val2014 becomes its test split.
        pictures: Hard links to the images, or copies.
    """
    from admagan.data.sources.coco import read_coco
    from admagan.data.sources.folder import import_data_set

    import_data_set(lambda: read_coco(root), out, pictures)


@app.command
def generate(
    prompt: str = "",
    /,
    *,
    number: Annotated[int, cyclopts.Parameter(name=["--number", "-n"])] = 1,
    seed: int | None = None,
    attr: Repeated = None,
    without: Annotated[list[str] | None, cyclopts.Parameter(name="--not", negative=())] = None,
    truncation: float = 1.0,
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
        separate=separate,
    )
    run(_load(model, backend), request, json)


@app.command
def models(*, json: Flag = False) -> None:
    """List the bundled models.

    Args:
        json: Print one JSON object instead of text.
    """
    from admagan.runtime.doctor import list_models

    list_models(json)


@app.command
def doctor(model: str | None = None, /, *, json: Flag = False) -> None:
    """Check this machine, the packages and the models; exit status 2 if something does not work.

    Args:
        model: A model folder or name to check, and to make pictures with; left out: the bundled models.
        json: Print one JSON object instead of text.
    """
    from admagan.runtime.doctor import diagnose

    diagnose(model, json)


@app.command
def push(folder: Path, repository: str, /, *, private: Flag = False) -> None:
    """Publish a model folder on the Hugging Face Hub, as the user that `hf auth login` signed in.

    Args:
        folder: The model folder; it is checked first.
        repository: Where to, such as user/name; made if it is not there.
        private: Make it so that only you can see it.
    """
    from admagan.runtime.hub import push as run

    print(run(folder, repository, private))


@convert_app.command
def released(
    *files: Path,
    out: Path,
    attributes: Path,
    vocabulary: Path,
    counts: Path,
    name: str = "released",
    tau: float = 0.4,
    p: float = 0.25,
) -> None:
    """Turn checkpoints that were released with the Adma-GAN paper into a model folder.

    Args:
        files: The checkpoints of generator and text encoder, in any order; others are recognised and left out.
        out: The new model folder.
        attributes: Text file with the phrase of each attribute, one a line, in the order of the attribute memory.
        vocabulary: Text file with the text encoder's words, one a line, in the order of their ids.
        counts: .npz file with pair_counts (n, n) and attribute_counts (n) of the training images.
        name: What to call the model.
        tau: Conditional probability from which two attributes were joined in training.
        p: Weight that an attribute's neighbours shared in training.
    """
    from admagan.export.convert import ReleasedFiles, convert_released
    from admagan.schema.model import MemoryConfig

    memory = MemoryConfig.parse({"correlation": "released", "tau": tau, "p": p}, "options")
    convert_released(files, ReleasedFiles(attributes, vocabulary, counts), out, name, memory)
    print(f"{out}: try `admagan generate PROMPT --model {out}`")


@convert_app.command
def half(model: Path, /, *, out: Path) -> None:
    """Copy a model folder with its weights stored as float16: half as large; it still computes in float32.

    Args:
        model: The model folder.
        out: The new model folder.
    """
    from admagan.export.folder import load_trained, write_model_folder

    write_model_folder(load_trained(model), out, "float16")
    print(out)


def _load(model: str, backend: str) -> AdmaGAN:
    from admagan.runtime.pipeline import AdmaGAN

    if backend == "onnx":
        return AdmaGAN.load(model)
    try:
        from admagan.export.torch_networks import load_with_torch
    except ImportError as error:
        raise missing_extra(error.name or "torch", "train", "--backend torch") from error
    return load_with_torch(model)


@make_app.command
def avatars(
    out: Path, *, count: int = 20_000, size: int = 64, seed: int = 0, workers: int | None = None
) -> None:
    """Make the built-in set: avatars with tags and captions in English and Chinese, drawn from open styles.

    Args:
        out: The data set folder to write; must not exist.
        count: Pictures.
        size: Side of a picture in pixels, 32 to 512.
        seed: Same seed, same set, byte for byte.
        workers: Processes that draw; one per processor where unset.
    """
    from admagan.data.sources.avatars.making import make_avatars

    print(make_avatars(out, count, size, seed, workers))


def main() -> None:
    """Run the command line; an `InputError` is one message on standard error and exit status 2."""
    try:
        app(sys.argv[1:], exit_on_error=False, print_error=False)
    except (InputError, cyclopts.CycloptsError) as error:
        console.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        console.print("[bold]stopped[/]", highlight=False)
        sys.exit(130)
