"""Where a server listens."""

from __future__ import annotations

import pytest

from admagan.errors import InputError
from admagan.serve.guard import hosts_of
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


@pytest.mark.parametrize("host", ["127.1", "localhost", "127.0.0.2"])
def test_a_server_of_this_machine_alone_answers_to_its_names_only(host: str) -> None:
    with listen(host, 0) as listener:
        hosts = hosts_of(host, listener.getsockname()[0], ())
    assert hosts is not None
    assert {host, "localhost"} <= set(hosts)


def test_a_server_that_others_reach_answers_to_any_name_until_some_are_given() -> None:
    assert hosts_of("pictures", "192.0.2.7", ()) is None
    for name in ("pictures.example", "Pictures.example:8443"):
        assert "pictures.example" in set(hosts_of("", "0.0.0.0", [name]) or ())
    with pytest.raises(InputError, match="--allow-host: expected a name"):
        hosts_of("", "0.0.0.0", ["https://pictures.example/"])


def test_a_port_that_is_taken_says_what_to_do() -> None:
    with (
        listen("127.0.0.1", 0) as taken,
        pytest.raises(InputError, match="Another program has it; --port 0 takes any that is free"),
    ):
        listen("127.0.0.1", taken.getsockname()[1])
