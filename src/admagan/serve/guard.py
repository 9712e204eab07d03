"""What stands before the page and the API: who is called, how much and how slowly is sent, and what was answered."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Collection

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admagan.errors import InputError
from admagan.serve.limits import Limits
from admagan.serve.metrics import Metrics
from admagan.serve.problems import problem

API = re.compile(r"/(v1|healthz|metrics|openapi\.json)(/.*)?")
"""Paths that the API answers for, also where there is nothing: the page has all others."""
_COUNTED = ("/v1/images/generations", "/v1/models", "/healthz", "/metrics")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]/@\s]+)(:\d{1,5})?")


class Guard:
    """An ASGI app around the API and the page.

    A request must name a host that is ours: a page from elsewhere, whose name was made to point to this machine, would
    otherwise have the browser's help in using the server. Its body must arrive whole, in time and within the limit.

    Args:
        api: Answers the paths of `API`.
        page: Answers all others; None: the API does.
        metrics: Counts the answers.
        limits: `body`, and `seconds` in which it must arrive.
        hosts: Names and addresses by which the server may be called; None: any.
    """

    def __init__(
        self,
        api: ASGIApp,
        page: ASGIApp | None,
        metrics: Metrics,
        limits: Limits,
        hosts: Collection[str] | None,
    ) -> None:
        self._api = api
        self._page = page or api
        self._metrics = metrics
        self._limits = limits
        self._hosts = None if hosts is None else {host.lower() for host in hosts}
        self._hung_up = asyncio.Event()

    def hang_up(self) -> None:
        """Tell all that still stream an answer that their client is gone: a page that is open does so for ever."""
        self._hung_up.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                label = path if path in _COUNTED else "other"
                self._metrics.responses.labels(label, str(message["status"])).inc()
            await send(message)

        app = self._refusal(scope) or (self._api if API.fullmatch(path) else self._page)
        await app(scope, self._bounded(receive), counted)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        """Return the answer to a request that can be refused before it is read."""
        headers = Headers(scope=scope)
        if self._hosts is not None and host_name(headers.get("host", "")) not in self._hosts:
            message = "Host: expected a name of this server; `admagan serve --allow-host NAME` adds one."
            return problem(400, message, "unknown_host")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._limits.body:
            return problem(413, f"{self._too_large()}.", "too_large")
        return None

    def _bounded(self, receive: Receive) -> Receive:
        """Return a `receive` that counts bytes and seconds, and ends when the server does."""
        deadline = asyncio.get_running_loop().time() + self._limits.seconds
        received, complete = 0, False

        async def call() -> Message:
            nonlocal received, complete
            if complete:
                return await self._until_hung_up(receive)
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                detail = f"body: expected all of it within {self._limits.seconds:g} seconds"
                raise HTTPException(408, detail) from error
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > self._limits.body:
                raise HTTPException(413, self._too_large())
            return message

        return call

    async def _until_hung_up(self, receive: Receive) -> Message:
        """Wait for the client to go, or for the end of the server."""
        message = asyncio.ensure_future(receive())
        ended = asyncio.ensure_future(self._hung_up.wait())
        try:
            await asyncio.wait((message, ended), return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else {"type": "http.disconnect"}
        finally:
            message.cancel()
            ended.cancel()

    def _too_large(self) -> str:
        return f"body: expected at most {self._limits.body:,} bytes, found more"


def host_name(header: str) -> str:
    """Return the name or address in a Host header, in lower case and without port and brackets; "" if it is none."""
    found = _HOST.fullmatch(header)
    return found[1].strip("[]").lower() if found else ""


def hosts_of(host: str, address: str, names: Collection[str]) -> Collection[str] | None:
    """Return the hosts that a server may be called by.

    Args:
        host: What it was told to listen at, which may be a name.
        address: The address that this is.
        names: Further names; with a port, it does not matter.

    Returns:
        None, for any, where it can be reached from elsewhere and no name is given.

    Raises:
        InputError: One of the names cannot be one.
    """
    for name in names:
        if not host_name(name):
            raise InputError("--allow-host", "a name or an address, such as pictures.example.org", repr(name))
    if not is_loopback(address) and not names:
        return None
    return {"localhost", "127.0.0.1", "::1", host, address, *map(host_name, names)}


def is_loopback(address: str) -> bool:
    """Return whether only programs of this machine can call the address."""
    return ipaddress.ip_address(address).is_loopback
