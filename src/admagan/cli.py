"""The command line: each command is one function that calls one function of the layer below."""

from __future__ import annotations

import sys
from pathlib import Path

import cyclopts
from rich.markup import escape

from admagan import __version__
from admagan.errors import InputError
from admagan.progress import console

app = cyclopts.App(
    name="admagan", help="Text-to-image models from your own captioned, tagged pictures.", version=__version__
)
data_app = cyclopts.App(name="data", help="Make, import, check and describe data sets.")
app.command(data_app)


@data_app.command
def check(root: Path, *, fix: Path | None = None, json: bool = False) -> None:
    """Name everything that is wrong with a data set; exit status 2 if training would refuse it.

    Args:
        root: The data set folder, with metadata.jsonl or metadata.csv in it.
        fix: Write a cleaned copy of the metadata to this .jsonl file; the original is not touched.
        json: Print one JSON object with all findings.
    """
    from admagan.data.check.command import run_check

    sys.exit(run_check(root, fix, json))


@data_app.command
def shard(root: Path, out: Path, *, shard_mb: float = 256) -> None:
    """Write a data set as WebDataset shards, for sets too large to be decoded into a cache.

    Args:
        root: The data set folder.
        out: Folder for the shards, empty or not there yet. It is a data set folder that `train` takes.
        shard_mb: Megabytes from which on a new shard is begun. Every process that reads needs one at least.
    """
    from admagan.data.manifest import read_manifest
    from admagan.data.shards import summary, write_shards

    print(summary(write_shards(read_manifest(root), out, shard_mb), out))


def main() -> None:
    """Run the command line; an `InputError` is one message on standard error and exit status 2."""
    try:
        app(exit_on_error=False, print_error=False)
    except (InputError, cyclopts.CycloptsError) as error:
        console.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(2)
