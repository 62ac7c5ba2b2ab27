"""An ASGI app behind a doorway, served by hypercorn on trio in the caller's own loop.

``hypercorn.trio.serve`` opens its sockets itself; the laboratory must be able to cut and shut them, so the server's own
connection handler (``TCPServer``) is given the connections that the doorway lets in.
"""

from __future__ import annotations

import logging
from email.utils import formatdate
from functools import partial
from typing import Any, cast

import trio
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework, ConnectionState
from hypercorn.utils import wrap_app
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairlock_adapters.laboratory.doorway import Doorway

# Longer than any client keeps an idle connection, so that it is never the server that ends one by itself.
_KEEP_ALIVE_S = 86_400


class Served:
    """An app, with the errors that it raised: each is a bug of the laboratory. ``doorway`` is put into every scope's
    state, so that a handler can cut its own connection."""

    def __init__(self, app: ASGIApp, doorway: Doorway) -> None:
        self._app = app
        self.doorway = doorway
        self.failed: list[Exception] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["doorway"] = self.doorway

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"date", self._date())]
            await send(message)

        try:
            await self._app(scope, receive, dated)
        except Exception as error:
            self.failed.append(error)
            raise

    def _date(self) -> bytes:
        """The laboratory's own time, which signatures are checked by: it may go faster than the machine's."""
        return formatdate(self.doorway.wall_ms() // 1_000, usegmt=True).encode()


async def serve(served: Served, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    """Serve until cancelled. Raises OSError where the port is taken."""
    config = Config()
    config.accesslog = None
    config.errorlog = logging.getLogger("pairlock.laboratory")
    config.keep_alive_timeout = _KEEP_ALIVE_S
    config.websocket_ping_interval = None
    config.include_server_header = False
    config.include_date_header = False
    app = wrap_app(cast(ASGIFramework, served), config.wsgi_max_body_size, "asgi")
    context, state = WorkerContext(None), cast(Any, ConnectionState({}))
    handler = cast(Any, partial(TCPServer, app, config, context, state))
    doorway = served.doorway
    await doorway.open()
    try:
        task_status.started()
        await trio.serve_listeners(handler, [doorway])
    finally:
        await doorway.aclose()
