"""Where a server listens."""

from __future__ import annotations

import pytest

from admagan.errors import InputError
from admagan.serve.server import listen


@pytest.mark.parametrize(
    ("host", "port", "where"),
    [
        ("127.0.0.1", 99_999, "--port"),
        ("127.0.0.1", -1, "--port"),
        ("no such host", 0, "--host"),
        ("a" * 300, 0, "--host"),
        ("203.0.113.1", 0, "--host 203.0.113.1"),
    ],
)
def test_an_address_that_cannot_be_had(host: str, port: int, where: str) -> None:
    with pytest.raises(InputError) as caught:
        listen(host, port)
    assert caught.value.where == where


def test_a_port_that_is_taken_says_what_to_do() -> None:
    with (
        listen("127.0.0.1", 0) as taken,
        pytest.raises(InputError, match="Another program has it; --port 0 takes any that is free"),
    ):
        listen("127.0.0.1", taken.getsockname()[1])
