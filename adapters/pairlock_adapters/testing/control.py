"""The control API of a laboratory from Python: a plain HTTP client, the same for any laboratory and any language."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx

_TIMEOUT_S = 10


class ControlRefused(Exception):
    """Control answered with an error: its own words."""


class Control:
    """Of the laboratory whose control API is at ``url``. A context manager: it keeps a connection."""

    def __init__(self, url: str) -> None:
        # trust_env: a proxy of the machine has no business with loopback.
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=_TIMEOUT_S)

    def __enter__(self) -> Control:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: str) -> Any:
        """What is at ``path``. Raises ControlRefused."""
        return self._told(self._http.get(path, params=query))

    def post(self, path: str, body: object = None) -> Any:
        """Do what ``path`` does. Raises ControlRefused."""
        return self._told(self._http.post(path, json=body if body is not None else {}))

    def delete(self, path: str) -> Any:
        """Undo what ``path`` holds. Raises ControlRefused."""
        return self._told(self._http.delete(path))

    @staticmethod
    def _told(answer: httpx.Response) -> Any:
        if answer.status_code >= 400:
            raise ControlRefused(
                f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
            )
        return answer.json()
