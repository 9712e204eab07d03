"""The command line: each command is one function that calls one function of the layer below."""

from __future__ import annotations

import sys

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


def main() -> None:
    """Run the command line; an `InputError` is one message on standard error and exit status 2."""
    try:
        app(exit_on_error=False, print_error=False)
    except (InputError, cyclopts.CycloptsError) as error:
        console.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(2)
