"""The command line: which command is which function. A function's module is imported when its command is run."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys

from cyclopts import App, CycloptsError, UnusedCliTokensError

from admagan import __version__
from admagan.errors import InputError

# Plugins of other packages have no business in this program's schemas, and looking for them takes time.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

COMMANDS = {
    "models:generate": "Make pictures of a sentence.",
    "models:models": "List the bundled models.",
    "models:doctor": "Check this machine, the packages and the models; exit status 2 if something does not work.",
    "models:push": "Publish a model folder on the Hugging Face Hub, as the user of `hf auth login`.",
    "train:train": "Make a model from a folder of captioned pictures; again, to go on where it stopped.",
    "evaluate:evaluate": "Measure a model: how real, varied and obedient its pictures are.",
    "ablate:ablate": "Train and measure a model for each answer to the paper's questions; again, to go on.",
    "serve:serve": "Serve a model: a page to play with, and an HTTP API.",
}
EXPLORE_COMMANDS = {
    "explore:interpolate": "Go from one prompt or seed to another.",
    "explore:sweep": "Turn one attribute up from 0 to 1.",
    "explore:matrix": "Show every attribute of one list with every attribute of another.",
}
DATA_COMMANDS = {
    "data:check": "Name everything that is wrong with a data set; exit status 2 if training would refuse it.",
    "data:stats": "Show what is in a data set, as a page: samples, attributes, captions, what goes together.",
    "data:shard": "Write a data set as WebDataset shards, for sets too large to be decoded into a cache.",
}
MAKE_COMMANDS = {
    "data:avatars": "Make the built-in set: avatars with tags and captions in English and Chinese.",
}
IMPORT_COMMANDS = {
    "data:cub": "Import CUB-200-2011 birds with their 312 attributes and ten captions per image.",
    "data:coco": "Import COCO 2014 with its captions and the 80 object categories as attributes.",
}
CONVERT_COMMANDS = {
    "convert:released": "Turn checkpoints that were released with the Adma-GAN paper into a model folder.",
    "convert:half": "Copy a model folder whose weights are float32, stored as float16: half the size.",
}


def _group(name: str, about: str, commands: dict[str, str]) -> App:
    """Return commands under one name; module:function -> the help that is shown without importing the module."""
    group = App(name=name, help=about)
    for path, summary in commands.items():
        group.command(f"admagan.commands.{path}", help=summary)
    return group


app = _group("admagan", "Text-to-image models from your own captioned, tagged pictures.", COMMANDS)
app.version = __version__
data = _group("data", "Make, import, check and describe data sets.", DATA_COMMANDS)
data.command(_group("make", "Make a built-in data set.", MAKE_COMMANDS))
data.command(_group("import", "Import published data sets.", IMPORT_COMMANDS))
app.command(data)
app.command(_group("explore", "Show what changes between prompts, seeds and attributes.", EXPLORE_COMMANDS))
app.command(_group("convert", "Make model folders of other models.", CONVERT_COMMANDS))


def main() -> None:
    """Run the command line; an `InputError` is one message on standard error and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # where 红 cannot be written, as in many logs
    # An end like any other: what is half-written is removed. Training and serving have their own ways.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        try:
            app(sys.argv[1:], exit_on_error=False, print_error=False)
        finally:
            if sys.stdout is not None:  # as where it was closed
                sys.stdout.flush()  # here, where failing can still be said
    except BrokenPipeError:  # whoever was to read it has gone
        _forget_output()
        sys.exit(128 + 13)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        _forget_output()
        _say("bold red", "error:", f" expected room for what is written or printed, found: {error.strerror}.")
        sys.exit(2)
    except (InputError, CycloptsError) as error:
        _say("bold red", "error:", f" {_one_too_many(error) or error}")
        sys.exit(2)
    except KeyboardInterrupt:
        _say("bold", "stopped")
        sys.exit(130)


def _one_too_many(error: Exception) -> InputError | None:
    """Return what to say of an argument that its command has no place for."""
    if not isinstance(error, UnusedCliTokensError) or not error.unused_tokens:
        return None
    command = " ".join(error.command_chain or ())
    more = f"See admagan {command} --help; a text of several words stands in quotes."
    return InputError(command, "no further argument", repr(error.unused_tokens[0]), more)


def _forget_output() -> None:
    """Let nothing more be printed: Python would try once more when it ends, and complain."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(style: str, word: str, rest: str = "") -> None:
    """Print a message to people on standard error, its first word in a style."""
    from rich.text import Text  # here: a command that goes well has no use for it

    from admagan.progress import console

    console.print(Text.assemble((word, style), rest), highlight=False, soft_wrap=True)
