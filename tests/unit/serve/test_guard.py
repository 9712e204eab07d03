"""What the guard does in time: bodies that come too slowly, and streams that would never end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message

from admagan.serve.guard import Guard
from admagan.serve.limits import Limits
from admagan.serve.metrics import Metrics
from admagan.serve.problems import add_problem_handlers

Receive = Callable[[], Awaitable[Message]]


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    add_problem_handlers(app)

    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def forever():
            while True:
                yield b"."
                await asyncio.sleep(0.01)

        return StreamingResponse(forever())

    return app


def guarded(app: ASGIApp) -> Guard:
    return Guard(app, None, Metrics(lambda: 0), Limits(seconds=0.05, body=10), hosts=None)


async def status_of(guard: Guard, method: str, path: str, receive: Receive) -> int:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    await asyncio.wait_for(guard(scope, receive, send), 10)
    return sent[0]["status"]


@pytest.mark.parametrize(("parts", "status"), [(1, 200), (30, 413)])
def test_a_body_is_counted_as_it_comes(app, parts, status) -> None:
    left = list(range(parts))

    async def receive() -> Message:
        left.pop()
        return {"type": "http.request", "body": b"1", "more_body": bool(left)}

    assert asyncio.run(status_of(guarded(app), "POST", "/body", receive)) == status


def test_a_body_that_comes_too_slowly(app) -> None:
    async def receive() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"", "more_body": True}

    assert asyncio.run(status_of(guarded(app), "POST", "/body", receive)) == 408


def test_streams_end_with_the_server(app) -> None:
    async def run() -> int:
        guard = guarded(app)
        first = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Message:
            for message in first:
                return message
            await asyncio.sleep(60)
            raise AssertionError

        asyncio.get_running_loop().call_later(0.1, guard.hang_up)
        return await status_of(guard, "GET", "/stream", receive)

    assert asyncio.run(run()) == 200
