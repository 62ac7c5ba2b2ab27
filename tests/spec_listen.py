"""Hears all that a laboratory's apps answer and say, whoever asks: official clients' calls are judged as ours are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairlock_adapters.laboratory.lab import Laboratory

# (method, path, status, body, what was sent), once an answer is whole.
Heard = Callable[[str, str, int, object, object], None]
# (path of the socket, message, whether the client sent it)
Said = Callable[[str, str, bool], None]


def read(text: bytes | str) -> object:
    """JSON, or the text that it is. Numbers stay numbers: nothing is computed with them, only their type is judged."""
    try:
        return json.loads(text, parse_float=float)
    except ValueError:
        return text.decode() if isinstance(text, bytes) else text


class Listening:
    """An app of which every answer and message is told to ``heard`` and ``said``."""

    def __init__(self, app: ASGIApp, heard: Heard, said: Said) -> None:
        self._app = app
        self._heard = heard
        self._said = said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked, told, status = bytearray(), bytearray(), [0]

        async def receives() -> Message:
            message = await receive()
            asked.extend(message.get("body") or b"")
            if message["type"] == "websocket.receive":
                self._said(scope["path"], message.get("text") or "", True)
            return message

        async def sends(message: Message) -> None:
            kind = message["type"]
            if kind == "http.response.start":
                status[0] = message["status"]
            elif kind == "http.response.body":
                told.extend(message.get("body") or b"")
                if not message.get("more_body"):
                    sent = read(bytes(asked)) if asked else None
                    self._heard(scope["method"], scope["path"], status[0], read(bytes(told)), sent)
            elif kind == "websocket.send":
                self._said(scope["path"], message.get("text") or "", False)
            await send(message)

        await self._app(scope, receives, sends)


def listen(lab: Laboratory, venue: str, app: str, heard: Heard, said: Said = lambda *_: None) -> None:
    """From now on everything that the app answers is heard."""
    own: Any = lab.faces[venue].apps[app]
    (served,) = (each for each in lab.served if each.app is own)
    served.app = Listening(own, heard, said)
