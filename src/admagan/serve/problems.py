"""Errors as HTTP answers, all in the form that OpenAI's clients read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse

from admagan.errors import InputError
from admagan.schema.base import expectation, shorten
from admagan.serve.limits import Closed, Overloaded, Refused, TimedOut
from admagan.serve.shapes import ErrorAnswer, ErrorBody, GenerationRequest

logger = logging.getLogger(__name__)

_REFUSALS: dict[type[Refused], tuple[int, dict[str, str]]] = {
    Overloaded: (429, {"Retry-After": "1"}),
    Closed: (503, {"Retry-After": "5"}),
    TimedOut: (504, {}),
}
_PARAMS = {name: name for name in GenerationRequest.model_fields} | {"attribute": "attributes"}
"""First word of `InputError.where` -> field of the request."""
_CODES = {404: "not_found", 405: "method_not_allowed", 408: "too_slow", 413: "too_large"}


class ModelNotFound(Exception):  # noqa: N818 - an answer
    """The request names a model that is not served."""

    def __init__(self, wanted: str, served: str) -> None:
        super().__init__(f"model: expected {served!r}, the one that is served, found {shorten(wanted)}.")


def problem(
    status: int, message: str, code: str, param: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return the answer for an error."""
    kind = "rate_limit_error" if status == HTTPStatus.TOO_MANY_REQUESTS else "invalid_request_error"
    body = ErrorBody(message=message, type="server_error" if status >= 500 else kind, param=param, code=code)
    return JSONResponse(ErrorAnswer(error=body).model_dump(), status, dict(headers or {}))


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of an app an answer in this form."""
    app.add_exception_handler(InputError, _input_error)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(ModelNotFound, _model_not_found)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _failed)


def _input_error(request: HttpRequest, error: Exception) -> JSONResponse:
    """What the model says of a request; anything that is no field of it, such as a file, is the server's trouble."""
    assert isinstance(error, InputError)
    param = _PARAMS.get(error.where.partition(" ")[0])
    if param is None:
        logger.error("a request failed", exc_info=error)
        return _failed(request, error)
    return problem(400, str(error), "invalid_value", param)


def _refused(_: HttpRequest, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    status, headers = _REFUSALS[type(error)]
    return problem(status, f"{error}.".capitalize(), error.outcome, headers=headers)


def _model_not_found(_: HttpRequest, error: Exception) -> JSONResponse:
    return problem(404, str(error), "model_not_found", "model")


def _invalid(_: HttpRequest, error: Exception) -> JSONResponse:
    """The first thing that is wrong with a request's form; 400, as OpenAI answers it."""
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = error.errors()[0]
    if first["type"] == "json_invalid":
        at = f"character {first['loc'][-1]}"
        return problem(400, f"body: expected JSON, found {first['ctx']['error']} at {at}.", "invalid_json")
    param = ".".join(map(str, first["loc"][1:])) or None
    if param is None:
        message = "body: expected a JSON object, sent with the header Content-Type: application/json."
        return problem(400, message, "invalid_json")
    param = shorten(param)[1:-1]
    if first["type"] == "extra_forbidden":
        known = ", ".join(GenerationRequest.model_fields)
        return problem(400, f"{param}: no such field. Known: {known}.", "unknown_parameter", param)
    message = f"{param}: expected {expectation(first['msg'])}, found {shorten(first['input'])}."
    return problem(400, message, "invalid_value", param)


def _http_error(_: HttpRequest, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if "parsing the body" in str(error.detail):  # FastAPI's, of what it could not even begin to read
        return problem(400, "body: expected JSON in UTF-8, found something else.", "invalid_json")
    code = _CODES.get(error.status_code, "invalid_request")
    return problem(error.status_code, f"{error.detail}.", code, headers=error.headers)


def _failed(_: HttpRequest, __: Exception) -> JSONResponse:
    """What went wrong is in the server's log, not in the answer: it is no business of a client."""
    return problem(500, "The server failed; its log says why.", "internal_error")
