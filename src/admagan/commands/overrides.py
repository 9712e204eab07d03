"""Every setting as an option of the command line, made from the schema and helped by its docstrings."""

from __future__ import annotations

import dataclasses
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from cyclopts import Parameter
from pydantic import BaseModel, SkipValidation

from admagan.schema.settings import Settings
from admagan.schema.whole import Whole

UNSET: Any = object()
"""The default of every option: None is a value, such as of `--train.minutes none`."""


def _options(model: type[BaseModel]) -> type[Any]:
    """Return a dataclass with the fields of `model`, UNSET, or None for sections: cyclopts makes options of it.

    A dataclass rather than the model itself, because what is not given must stay unknown: presets lie below.
    """
    fields = []
    for name, field in model.model_fields.items():
        annotation: Any = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            hint: Any = Annotated[_options(annotation) | None, Parameter(group=f"Settings: {name}")]
            fields.append((name, hint, None))
        else:
            option = Parameter(help=field.description, negative_iterable=(), show_default=False)
            # UNSET is of no type.
            hint = Annotated[_plain(annotation), option, SkipValidation()]  # type: ignore[type-arg]
            fields.append((name, hint, UNSET))
    made = dataclasses.make_dataclass(f"{model.__name__}Options", fields, kw_only=True)
    made.__module__ = __name__  # cyclopts takes classes of the module "types" for built-in ones
    return made


def _plain(annotation: Any) -> Any:
    """Return a type without pydantic's bounds: `Settings` says in our words what is wrong with a value."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _plain(arguments[0])
    if origin in (Union, UnionType):
        return reduce(or_, map(_plain, arguments))
    if origin in (tuple, list):
        return origin[*map(_plain, arguments)]
    return Whole if annotation is int else annotation


SettingsOptions = _options(Settings)
"""The options `--section.field` of all settings."""


def given(options: Any) -> dict[str, Any]:
    """Return what was given on the command line, as section -> field -> value."""
    sections = {name: section for name, section in _values(options).items() if section is not None}
    return {
        name: {field: value for field, value in _values(section).items() if value is not UNSET}
        for name, section in sections.items()
    }


def _values(options: Any) -> dict[str, Any]:
    return {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
