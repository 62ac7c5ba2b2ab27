"""The rows of one venue in the truth store that tell of requests: what left a client, and whether it arrived."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pairlock.model import Outcome
from pairlock.ports import OrderIntent, TimeInForce
from pairlock_adapters.simulated.rules import Raw
from pairlock_adapters.simulated.terms import Terms
from pairlock_adapters.simulated.truth import Truth


class RequestRows:
    """Of ``venue``. What writes is called inside ``truth.commit``."""

    def __init__(self, truth: Truth, venue: str) -> None:
        self.truth = truth
        self.venue = venue
        self.terms = Terms(truth, venue)

    def put_request(self, intent: OrderIntent, sent_ms: int, due_ms: int, *, duplicate: bool) -> int:
        return self.truth.insert(
            "INSERT INTO requests(venue,intent_id,market,outcome,buys,size_e2,limit_e4,tif,deadline_ms,sent_ms,due_ms,"
            "fault_duplicate) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
            (self.venue, intent.intent_id, intent.market, intent.outcome.value, intent.buys, intent.size_e2,
             intent.limit_e4, intent.time_in_force.value, intent.deadline_ms, sent_ms, due_ms, duplicate),
        )  # fmt: skip

    def arrived(self, request: int, at_ms: int, raw: Raw) -> None:
        body = raw.body if isinstance(raw.body, str) else json.dumps(raw.body, separators=(",", ":"))
        answer = f"{raw.status} {body}" if raw.status >= 300 else str(raw.status)
        self.truth.write("UPDATE requests SET arrived_ms=?,answer=? WHERE id=?", (at_ms, answer, request))

    def has_arrived(self, intent_id: str) -> bool:
        """Whether any request of this id reached the venue."""
        sql = "SELECT 1 FROM requests WHERE venue=? AND intent_id=? AND arrived_ms IS NOT NULL"
        return next(self.truth.rows(sql, (self.venue, intent_id)), None) is not None

    def is_on_its_way(self, intent_id: str) -> bool:
        """Whether a request of this id left and has not arrived yet."""
        sql = "SELECT 1 FROM requests WHERE venue=? AND intent_id=? AND arrived_ms IS NULL AND due_ms>=0"
        return next(self.truth.rows(sql, (self.venue, intent_id)), None) is not None

    def on_their_way(self) -> Iterator[tuple[int, int, bool, OrderIntent]]:
        """Requests that had left and not arrived: (row, due_ms, duplicate, intent)."""
        for row in self.truth.rows(
            "SELECT id,due_ms,fault_duplicate,intent_id,market,outcome,buys,size_e2,limit_e4,tif,deadline_ms"
            " FROM requests WHERE venue=? AND arrived_ms IS NULL AND due_ms>=0 ORDER BY due_ms,id",
            (self.venue,),
        ):
            (
                number,
                due_ms,
                duplicate,
                intent_id,
                market,
                outcome,
                buys,
                size_e2,
                limit_e4,
                tif,
                deadline_ms,
            ) = row
            intent = OrderIntent(
                intent_id, self.venue, market, Outcome(outcome), bool(buys), size_e2, limit_e4, TimeInForce(tif),
                deadline_ms,
            )  # fmt: skip
            yield number, due_ms, bool(duplicate), self.terms.as_sent(intent)
