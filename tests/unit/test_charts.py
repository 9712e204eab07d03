"""Charts draw every name as it is."""

from __future__ import annotations

import warnings

import pytest

from admagan.evaluation.charts import draw_attributes
from admagan.schema.report import AttributeFigures, Report


@pytest.mark.parametrize("name", ["$5^$9", "cheap $$", "$10 % $20", "红色帽子", "a_b^{c", "\U0001f984"])
def test_names_are_no_formulas(name: str) -> None:
    values = {"prevalence": 0.1, "on_real": 0.9, "on_annotated": 0.8, "on_read": 0.7, "reading_f1": 0.5}
    one = AttributeFigures(name=name, group="", positives=3, **values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a letter that no font has
        assert draw_attributes(Report.model_construct(attributes=[one])).width > 500
