"""The pytest plugin (entry point ``pytest11``): a laboratory for each test that asks for one.

    @pytest.mark.laboratory(seed=2, faults=[{"kind": "lost_answer", "venue": "kalshi"}])
    def test_my_bot(laboratory):
        my_bot(laboratory.ready)
        equal_or_flat(laboratory.settled())

Every pytest of every project that has Pairlock installed loads this file, so it imports nothing until it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pairlock_adapters.testing import RunningLaboratory

_MARK = "laboratory(**how): how `running_laboratory` sets up the `laboratory` of this test"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARK)


@pytest.fixture
def laboratory(request: pytest.FixtureRequest) -> Iterator[RunningLaboratory]:
    """Both venues on loopback, new for this test, set up by the mark ``laboratory``. Inside Hypothesis' ``@given``
    open one for each example instead: ``running_laboratory``."""
    from pairlock_adapters.testing import running_laboratory

    mark = request.node.get_closest_marker("laboratory")
    with running_laboratory(**(mark.kwargs if mark is not None else {})) as running:
        yield running
