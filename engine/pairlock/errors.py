"""The exceptions of Pairlock. Three kinds of failure have three mechanisms:

* a venue said no: an event of the trade, never an exception;
* a person gave us something we cannot use: `UserError`, one sentence, exit 2;
* our own bug: `EngineBug`, never caught and carried on from.
"""


class PairlockError(Exception):
    """Base of every exception that this package raises on purpose."""


class UserError(PairlockError):
    """Something a person can mend. The message is one sentence: what was wrong, where, what to do.

    The command prints it without a traceback and exits with 2.
    """


class EngineBug(PairlockError):
    """An invariant of the engine does not hold: our own bug, never the venue's or the user's fault."""


class TradingHalted(PairlockError):
    """A new trade was refused: the engine is halted, killed, draining or stopping. Nothing was recorded or sent."""


class ExecutionAborted(PairlockError):
    """The trade ended before anything filled; nothing is held. ``result`` is its ``TradeResult``."""

    def __init__(self, message: str, result: object) -> None:
        super().__init__(message)
        self.result = result


class ExecutionFailed(PairlockError):
    """The trade was exited after something filled; its result is booked. ``result`` is its ``TradeResult``."""

    def __init__(self, message: str, result: object) -> None:
        super().__init__(message)
        self.result = result
