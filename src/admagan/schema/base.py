"""The base of every schema: unknown fields are errors, and values do not change after reading."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from admagan.errors import InputError
from admagan.files import write_json

Seed = Annotated[int, Field(ge=0, lt=2**63)]
Probability = Annotated[float, Field(ge=0, le=1)]
_WORDING = re.compile(r"^(?:Value error, )?(?:(?:Input|String|List|Tuple|Dictionary) should (?:be |have ))?")


class Strict(BaseModel):
    """A frozen pydantic model that refuses fields it does not know."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )

    @classmethod
    def parse(cls, value: Any, where: str) -> Self:
        """Validate `value`; the first thing wrong with it becomes an `InputError` at `where`."""
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            cause = first.get("ctx", {}).get("error")
            if isinstance(cause, InputError):
                raise InputError(
                    f"{where}: {cause.where}", cause.expected, cause.found, cause.hint
                ) from error
            known = _known_fields(cls, first["loc"]) if first["type"] == "extra_forbidden" else ""
            place = f"{where}: {field}" if field else where
            if first["type"] == "missing":
                raise InputError(place, "a value", "none") from error
            wanted = "no such field" if known else expectation(first["msg"])
            raise InputError(place, wanted, shorten(first["input"]), known) from error

    @classmethod
    def parse_options(cls, value: Any) -> Self:
        """Validate values that were typed; the first thing wrong becomes an `InputError` at its option."""
        try:
            return cls.parse(value, "options")
        except InputError as error:
            field = error.where.removeprefix("options: ")
            option = f"--{field.replace('_', '-')}"
            raise InputError(option, error.expected, error.found, error.hint) from error

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read and validate a JSON or YAML file."""
        return cls.parse(_read_json(path) if path.suffix == ".json" else read_yaml(path), str(path))

    def write(self, path: Path) -> None:
        """Write as JSON, atomically."""
        write_json(path, self.model_dump(mode="json"))


def _read_json(path: Path) -> Any:
    text = _read_text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(str(path), "valid JSON", error) from error


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds; raise an `InputError` where it is none."""
    import yaml  # here: programs that only run models read no YAML

    text = _read_text(path)
    try:
        return yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:  # ValueError: a date of month 13
        raise InputError(str(path), "valid YAML", error) from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), "a readable UTF-8 file", error) from error


def _known_fields(model: type[BaseModel], place: tuple[int | str, ...]) -> str:
    """Return a hint for the unknown field at `place`: those like it, else all of the model it was found in."""
    for part in place[:-1]:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return ""
        model = annotation
    near = difflib.get_close_matches(str(place[-1]), list(model.model_fields), n=3)
    return f"Nearest: {', '.join(near)}." if near else f"Known fields: {', '.join(model.model_fields)}."


def expectation(message: str) -> str:
    """Return what pydantic's `message` says was expected, in the words of our own: "at most 200 characters"."""
    return _WORDING.sub("", message, count=1)


def fingerprint(value: Any) -> str:
    """Return the SHA-256 of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def shorten(value: object, limit: int = 80) -> str:
    """Return `repr(value)`, cut to `limit` characters, for messages."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def field_differences(here: Strict, there: Strict) -> dict[str, tuple[Any, Any]]:
    """Return "section.field" -> (JSON value here, JSON value there) for all that differs; absent is None."""
    one, other = (_flat(model.model_dump(mode="json")) for model in (here, there))
    names = dict.fromkeys([*one, *other])
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, content in value.items():
        flat |= _flat(content, f"{prefix}{name}.") if isinstance(content, dict) else {prefix + name: content}
    return flat
