"""Keeps Gradio to the page: of its many routes only those the page needs, and nothing from other hosts."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admagan.serve.problems import problem

EXACTLY = {
    "GET": frozenset(
        (
            "/",
            "/config",
            "/favicon.ico",
            "/gradio_api/queue/data",
            "/gradio_api/startup-events",
            "/manifest.json",
            "/robots.txt",
            "/theme.css",
        )
    ),
    "POST": frozenset(("/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset")),
}
BELOW = ("/assets/", "/static/")
"""What may be read below. No upload, no files of this machine, no proxy to others, no stream that never ends."""

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
"""Content-Security-Policy: the browser itself refuses to ask other hosts. Gradio's templates need 'unsafe-eval'."""


class OnlyThePage:
    """ASGI middleware: other routes answer 404, other sites' scripts 403, and every answer carries the policy."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and _is_from_elsewhere(scope):
            await problem(403, "Scripts of other sites cannot use the page.", "other_site")(
                scope, receive, send
            )
        elif scope["type"] == "http" and allowed(scope["method"], scope["path"]):
            await self.app(scope, receive, _with_policy(send))
        elif scope["type"] == "http":
            await problem(404, "Not Found.", "not_found")(scope, receive, send)


def allowed(method: str, path: str) -> bool:
    """Return whether the page needs this."""
    if method == "HEAD":
        method = "GET"
    return path in EXACTLY.get(method, ()) or (method == "GET" and path.startswith(BELOW))


def _is_from_elsewhere(scope: Scope) -> bool:
    """Return whether a browser says that a script of another site wants something done.

    Not by Origin and Host: a proxy may change the one, and leaves the other.
    """
    site = Headers(scope=scope).get("sec-fetch-site", "none")
    return scope["method"] == "POST" and site not in ("same-origin", "none")


def _with_policy(send: Send) -> Send:
    async def send_with_policy(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]  # Gradio lets any site in
            headers["Content-Security-Policy"] = POLICY
            headers["Referrer-Policy"] = "no-referrer"
            headers["X-Content-Type-Options"] = "nosniff"
        await send(message)

    return send_with_policy
