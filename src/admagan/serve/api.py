"""The HTTP API: OpenAI's images API with attributes, models, health and metrics."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from admagan import __version__
from admagan.errors import InputError
from admagan.runtime.pipeline import AdmaGAN, Result
from admagan.schema.model_folder import CONFIG
from admagan.serve.engine import Engine, Request
from admagan.serve.limits import Closed
from admagan.serve.problems import ModelNotFound, add_problem_handlers
from admagan.serve.shapes import (
    ErrorAnswer,
    Generation,
    GenerationRequest,
    Health,
    Model,
    ModelList,
    Picture,
    UnderstoodAttribute,
)

if TYPE_CHECKING:
    from PIL.Image import Image

CLIENT_GONE = 499
"""Status, in the metrics only, of a request whose client did not wait for the answer."""
_ERRORS: dict[int | str, dict[str, Any]] = {"4XX": {"model": ErrorAnswer}, "5XX": {"model": ErrorAnswer}}


def make_api(engine: Engine) -> FastAPI:
    """Return the API as an app: it makes pictures with `engine`, and leaves closing it to the caller.

    There is no documentation page, which would load scripts from elsewhere; /openapi.json describes it all.
    """
    app = FastAPI(
        title="admagan",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=_ERRORS,
    )
    add_problem_handlers(app)
    app.include_router(_images(engine))
    app.include_router(_about(engine))
    return app


def _images(engine: Engine) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/images/generations", response_model_exclude_none=True)
    async def generate(wanted: GenerationRequest, http: HttpRequest) -> Generation:
        """Make pictures of a prompt."""
        _check_model(wanted.model, engine.model)
        _check_size(wanted.size, engine.model)
        result = await _unless_gone(http, engine.submit(_request(wanted)))
        return await run_in_threadpool(_generation, result, wanted.prompt, engine.model)

    return router


def _about(engine: Engine) -> APIRouter:
    router = APIRouter()
    model = describe(engine.model)

    @router.get("/v1/models")
    async def models() -> ModelList:
        """List the model that is served."""
        return ModelList(data=[model])

    @router.get("/v1/models/{name:path}")
    async def one_model(name: str) -> Model:
        """Describe a model."""
        _check_model(name, engine.model)
        return model

    @router.get("/healthz")
    async def health() -> Health:
        """Say whether pictures can be made."""
        if not engine.is_open:
            raise Closed
        return Health()

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Return the figures that Prometheus collects."""
        return Response(engine.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def describe(model: AdmaGAN) -> Model:
    """Return what clients can know of a model."""
    names = model.attributes.names
    return Model(
        id=model.name,
        created=int((model.folder.path / CONFIG).stat().st_mtime),
        size=_size(model),
        languages=list(model.folder.config.languages),
        attributes={group: [names[i] for i in rows] for group, rows in model.attributes.groups.items()},
    )


def _request(wanted: GenerationRequest) -> Request:
    return Request(
        prompt=wanted.prompt,
        n=wanted.n or 1,
        seed=wanted.seed,
        attributes=wanted.attributes,
        negative=wanted.negative,
        truncation=wanted.truncation,
        imagine=wanted.imagine,
    )


def _size(model: AdmaGAN) -> str:
    return f"{model.size}x{model.size}"


def _check_size(size: str | None, model: AdmaGAN) -> None:
    if size not in (None, "auto", _size(model)):
        raise InputError("size", f"'auto' or '{_size(model)}', the size of the model's pictures", repr(size))


def _check_model(name: str | None, model: AdmaGAN) -> None:
    if name is not None and name != model.name:
        raise ModelNotFound(name, model.name)


async def _unless_gone(http: HttpRequest, future: Future[Result]) -> Result:
    """Wait for pictures; if the client hangs up before, take the request back, so that nobody waits for it in vain."""
    made = asyncio.wrap_future(future)
    gone = asyncio.create_task(_gone(http))
    try:
        await asyncio.wait((made, gone), return_when=asyncio.FIRST_COMPLETED)
        if not made.done():
            raise HTTPException(CLIENT_GONE, "the client hung up")
        return made.result()
    finally:
        made.cancel()
        gone.cancel()


async def _gone(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


def _generation(result: Result, prompt: str, model: AdmaGAN) -> Generation:
    revised = None if result.prompt == prompt.strip() else result.prompt
    return Generation(
        created=int(time.time()),
        data=[Picture(b64_json=image, revised_prompt=revised) for image in _base64(result.images)],
        size=_size(model),
        model=model.name,
        seed=result.seed,
        attributes=[UnderstoodAttribute(**asdict(attribute)) for attribute in result.attributes],
        unknown_words=list(result.unknown_words),
    )


def _base64(images: Sequence[Image]) -> list[str]:
    texts = []
    for image in images:
        file = io.BytesIO()
        image.save(file, "PNG")
        texts.append(base64.b64encode(file.getvalue()).decode("ascii"))
    return texts
