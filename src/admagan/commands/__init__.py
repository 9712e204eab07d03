"""The commands: each is a typed signature with its help and one call of the layer below. See `admagan.cli`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Flag = Annotated[bool, Parameter(negative=())]
"""An option that is on when it is given."""
Repeated = Annotated[list[str] | None, Parameter(negative=())]
"""An option that may be given several times."""
