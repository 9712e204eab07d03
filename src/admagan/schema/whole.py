"""Options that are whole numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter, Token


def whole(_: Any, tokens: Sequence[Token]) -> int:
    """Return the whole number that was typed: left alone, cyclopts rounds 1.5 to 2."""
    text = tokens[0].value
    if not re.fullmatch(r"[+-]?[0-9]{1,1000}", text):
        raise ValueError(f"expected a whole number, found {text[:40]!r}")
    return int(text)


WHOLE = Parameter(converter=whole)
Whole = Annotated[int, WHOLE]
"""An option that is a whole number."""
