"""Text-to-image models that anyone can train on their own captioned, tagged pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["AdmaGAN", "InputError", "Result", "__version__"]

if TYPE_CHECKING:
    from admagan.errors import InputError
    from admagan.runtime.pipeline import AdmaGAN, Result


def __getattr__(name: str) -> object:
    """Import the API when it is first used: `import admagan` alone stays fast."""
    if name in ("AdmaGAN", "Result"):
        from admagan.runtime import pipeline

        return getattr(pipeline, name)
    if name == "InputError":
        from admagan.errors import InputError

        return InputError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
