"""Requests and answers of the HTTP API: those of OpenAI's images API, and what this project adds to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from admagan.runtime.noise import MOST

Name = Annotated[str, Field(max_length=200)]


class GenerationRequest(BaseModel):
    """What to make pictures of. Fields that are not known are refused: a misspelt one would change nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    prompt: str = ""
    """A sentence; may be left out where attributes are given."""
    model: str | None = None
    """Id of the model that is served; may be left out."""
    n: Annotated[int, Field(ge=1)] | None = None
    """Number of pictures; 1 unless given."""
    size: str | None = None
    """"auto", or the size of the model's pictures, such as "64x64"."""
    response_format: Literal["b64_json"] | None = None
    """Pictures are a part of the answer; they are not kept, so there is no "url"."""
    output_format: Literal["png"] | None = None
    """Of the pictures."""
    stream: Literal[False] | None = None
    """The answer comes in one piece."""

    seed: Annotated[int, Field(ge=0, lt=MOST)] | None = None
    """The same seed gives the same pictures again; left out: a random one, which the answer names. (An addition.)"""
    attributes: Annotated[dict[Name, Annotated[float, Field(ge=0, le=1)]], Field(max_length=1000)] = {}
    """Name -> strength from 0 (absent) to 1; wins over the prompt. (An addition.)"""
    negative: Annotated[list[Name], Field(max_length=1000)] = []
    """Names of attributes that must be absent; wins over the prompt. (An addition.)"""
    truncation: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Below 1 there is less variety and fewer failures. (An addition.)"""
    imagine: bool = True
    """Give each picture other attributes where the prompt leaves them open. (An addition.)"""

    user: Any = None
    """Ignored, as are the next four, which clients send by default."""
    safety_identifier: Any = None
    """Ignored."""
    moderation: Any = None
    """Ignored."""
    quality: Any = None
    """Ignored."""
    style: Any = None
    """Ignored."""


class Picture(BaseModel):
    """One picture of an answer."""

    b64_json: str
    """A PNG file in base64."""
    revised_prompt: str | None = None
    """What was drawn, where that is not the prompt: attributes asked for without a prompt are one."""


class UnderstoodAttribute(BaseModel):
    """What a picture was told to have, or (strength 0) not to have."""

    name: str
    strength: float
    confidence: float
    """1 for what was said, the classifier's probability for what it guesses."""
    source: Literal["prompt", "classifier", "option"]


class Generation(BaseModel):
    """Pictures, and how their prompt was understood."""

    created: int
    """Seconds since 1970."""
    data: list[Picture]
    size: str
    output_format: Literal["png"] = "png"
    model: str
    seed: int
    """Picture i depends on it and on i alone, not on n."""
    attributes: list[UnderstoodAttribute]
    unknown_words: list[str]
    """Words of the prompt that the model has not learned."""


class Model(BaseModel):
    """The model that is served."""

    id: str
    object: Literal["model"] = "model"
    created: int
    """When its files were written, in seconds since 1970."""
    owned_by: str = "admagan"
    size: str
    """Of its pictures."""
    languages: list[str]
    """Of the captions that it learned from."""
    attributes: dict[str, list[str]]
    """Group -> names; "" holds those without a group."""


class ModelList(BaseModel):
    """Every model that is served: one."""

    object: Literal["list"] = "list"
    data: list[Model]


class Health(BaseModel):
    """The server takes requests."""

    status: Literal["ok"] = "ok"


class ErrorBody(BaseModel):
    """Why a request got no pictures."""

    message: str
    type: Literal["invalid_request_error", "rate_limit_error", "server_error"]
    param: str | None = None
    """The field at fault."""
    code: str


class ErrorAnswer(BaseModel):
    """Every answer with a status of 400 or more."""

    error: ErrorBody
