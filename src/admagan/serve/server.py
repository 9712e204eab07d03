"""`admagan serve`: one process with the API and the page, that stops when it is told to."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Collection
from types import FrameType

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from admagan.errors import InputError, install_command
from admagan.progress import console
from admagan.runtime.pipeline import AdmaGAN
from admagan.serve.api import make_api
from admagan.serve.engine import Engine
from admagan.serve.guard import Guard, hosts_of
from admagan.serve.limits import Limits

GRACE = 10.0
"""Seconds that requests get to finish when the server is told to stop."""
HEADER_SECONDS = 10.0
"""In which the header of a request must arrive."""
CONNECTIONS = 500
"""Open at a time; operating systems allow a process about 1,000 files."""


def serve(
    model: AdmaGAN,
    host: str = "127.0.0.1",
    port: int = 7860,
    limits: Limits | None = None,
    page: bool = True,
    allow_hosts: Collection[str] = (),
) -> None:
    """Serve a model until SIGTERM or SIGINT; what was taken in by then is finished within `GRACE` seconds.

    Args:
        model: Any that is loaded.
        host: Name or address to bind to.
        port: 0: any that is free. The address is printed.
        limits: Of requests.
        page: Whether to serve the page beside the API, if gradio is installed.
        allow_hosts: Names, beside those of this machine, that requests may call the server by. Without any, a server
            that can be reached from elsewhere answers to every name.

    Raises:
        InputError: The address cannot be had, or the model is damaged.
    """
    with listen(host, port) as listener:
        engine = Engine(model, limits)
        shown = _page(engine) if page else None
        address, port = listener.getsockname()[:2]
        hosts = hosts_of(host, address, allow_hosts)
        guard = Guard(make_api(engine), shown, engine.metrics, engine.limits, hosts)
        server = _Server(guard, engine, lifespan=shown is not None)
        what = "page and API" if shown else "API"
        print(
            f"http://{_bracketed(address)}:{port}  ({what}, model {model.name}; Ctrl+C stops it)", flush=True
        )
        server.run([listener])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens: whoever connects from now on is answered."""
    if not 0 <= port < 2**16:
        raise InputError("--port", "a number from 0 to 65535", port)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise InputError("--host", "a name or address of this machine", f"{host!r}: {error}") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        where = "--host" if error.errno == errno.EADDRNOTAVAIL else "--port"
        hint = "Another program has it; --port 0 takes any that is free." if _is_taken(error) else ""
        raise InputError(
            f"{where} {host if where == '--host' else port}",
            "an address that can be had",
            error.strerror or error,
            hint,
        ) from error
    return listener


def _is_taken(error: OSError) -> bool:
    return error.errno == errno.EADDRINUSE


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _page(engine: Engine) -> FastAPI | None:
    """Return the page as an app of its own, or None, and say so, where it cannot be made."""
    try:
        from admagan.serve.page import make_page
    except ModuleNotFoundError as error:
        message = f"no page, only the API: {error.name} is not installed. {install_command('serve')}"
        console.print(message, highlight=False, markup=False, soft_wrap=True)
        return None
    return make_page(engine)


class _Protocol(H11Protocol):
    """Hangs up on who does not send a whole header in time."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget()

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._forget()
        elif self._timer is None:
            self._timer = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Server(uvicorn.Server):
    """A server that, told to stop, takes in nothing more, finishes what it has, and returns."""

    def __init__(self, guard: Guard, engine: Engine, lifespan: bool) -> None:
        super().__init__(
            uvicorn.Config(
                guard,
                http=_Protocol,
                ws="none",
                lifespan="on" if lifespan else "off",
                log_level="warning",
                access_log=False,
                server_header=False,
                limit_concurrency=CONNECTIONS,
                timeout_graceful_shutdown=int(GRACE) + 5,
            )
        )
        self._guard = guard
        self._engine = engine

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        # The base class raises the signals that it got again, for the handlers that were there before: these here.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        super().run(sockets)

    def _stop(self, _: int, __: FrameType | None) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: connections that stream for ever, as those of an open page, are ended when all pictures are made."""
        stopping = asyncio.ensure_future(super().shutdown(sockets))
        await asyncio.to_thread(self._engine.close, GRACE)
        await asyncio.wait((stopping,), timeout=1)
        self._guard.hang_up()
        await stopping
