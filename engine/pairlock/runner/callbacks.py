"""Functions of the host, called so that whatever they raise ends neither a trade nor the engine."""

from __future__ import annotations

import logging
from collections.abc import Callable

_LOG = logging.getLogger("pairlock")


def quietly(call: Callable[..., object], *args: object) -> bool:
    """Call it; an exception is logged with its traceback and goes no further. Whether it returned."""
    try:
        call(*args)
    except Exception:
        _LOG.exception("a callback of the host failed; the engine goes on")
        return False
    return True
