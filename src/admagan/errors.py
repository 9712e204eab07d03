"""The one error that users see: what was expected where, what was found, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_FOUND = 400
"""Characters of what was found that a message shows."""


class InputError(ValueError):
    """A file, line, option or argument that cannot be used.

    The command line prints the message and exits with status 2; from Python it is a `ValueError`.

    Args:
        where: The file (`metadata.jsonl:12`), option (`--batch-size`) or field (`generator.size`) at fault.
        expected: What would have been right.
        found: What was there instead.
        hint: The next thing to try, as a full sentence. May be empty.
    """

    def __init__(self, where: str, expected: str, found: object, hint: str = "") -> None:
        self.where = where
        self.expected = expected
        self.found = found
        self.hint = hint
        found = _one_line(found)
        super().__init__(f"{where}: expected {expected}, found {found}." + (f" {hint}" if hint else ""))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str, object, str]]:
        """Pickle by the four parts, so that the error crosses process borders."""
        return (type(self), (self.where, self.expected, self.found, self.hint))


def _one_line(found: object) -> str:
    """Return what was found without line breaks, its own full stop, or more than a reader needs."""
    text = " ".join(str(found).split())
    if not text and isinstance(found, BaseException):
        text = type(found).__name__
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1] or text
    return text if len(text) <= LONGEST_FOUND else text[: LONGEST_FOUND - 1] + "…"


def install_command(extra: str) -> str:
    """Return the command that installs an extra, in the versions that were tested."""
    return f"pip install --constraint constraints.txt '.[{extra}]'"


@contextmanager
def needs(extra: str, purpose: str) -> Iterator[None]:
    """Turn a failing import into the error that names the extra to install."""
    try:
        yield
    except ImportError as error:
        raise missing_extra(error.name or extra, extra, purpose) from error


def missing_extra(package: str, extra: str, purpose: str) -> InputError:
    """Return the error for an optional dependency that is not installed."""
    return InputError(
        f"package {package}",
        f"it installed, for {purpose}",
        "no such package",
        f"Run in a clone of admagan: {install_command(extra)}",
    )
