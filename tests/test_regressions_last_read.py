"""What the last read of the change found: figures without their judge, and readers that were kept for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pairlock.errors import EngineBug
from pairlock.lifecycle import E, S
from pairlock.runner.events import EventHub, TradeEvent
from pairlock_adapters.demo.judge import Judge
from pairlock_adapters.demo.run import Settings, run_demo


def _fails(*_: Any) -> Any:
    raise RuntimeError("planted")


@pytest.mark.parametrize("method", ["stepped", "closed"])
def test_a_judge_that_fails_is_not_a_run_without_broken_claims(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine survives a callback that raises; the demo must not then print figures that leave trades out."""
    monkeypatch.setattr(Judge, method, _fails)
    with pytest.RaisesGroup(EngineBug, flatten_subgroups=True):
        run_demo(Settings(3, 1, "none", str(tmp_path / "journal.db")), lambda done, total: None)


def test_a_closed_subscription_is_forgotten() -> None:
    """Every reader of the event stream that a host had closed was kept, with its queue, until the process ended."""
    hub = EventHub()
    kept, left = hub.subscribe(), hub.subscribe()
    left.close()
    hub.publish(TradeEvent(1, 0, "t", (E.GATES_PASSED,), S.GATED))
    assert hub._subscriptions == [kept]
