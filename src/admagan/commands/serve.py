"""The command that serves a model."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from admagan.commands import Repeated
from admagan.errors import needs
from admagan.schema.whole import Whole
from admagan.serve.limits import Limits

_DEFAULT = Limits()


def serve(
    model: str = "avatars",
    /,
    *,
    host: str = "127.0.0.1",
    port: Whole = 7860,
    page: Annotated[bool, Parameter(negative="--no-page")] = True,
    allow_host: Repeated = None,
    limits: Limits = _DEFAULT,
) -> None:
    """Serve a model: a page to play with, and an HTTP API in the form of OpenAI's images API.

    Args:
        model: A bundled model, a model folder, or a Hugging Face Hub id such as user/name.
        host: Name or address to bind to; 0.0.0.0 lets other machines in.
        port: 0 takes any that is free.
        page: Serve the page beside the API.
        allow_host: A name that requests may call the server by, such as that of a proxy before it; may be repeated.
        limits: What to refuse.
    """
    with needs("serve", "admagan serve"):
        from admagan.serve.server import serve as run
    from admagan.runtime.pipeline import AdmaGAN

    run(AdmaGAN.load(model), host, port, limits, page, allow_host or ())
