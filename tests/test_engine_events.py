"""The event stream: every durable step, in order, and a reader that is too slow is told what it missed."""

from __future__ import annotations

import trio

from engine_kit import Bench, Setup, on_bench
from pairlock import Missed, S, TradeEvent
from pairlock.codec import parse
from pairlock.journal.records import Kind
from pairlock.lifecycle import E
from pairlock.runner.events import Subscription
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault


def steps_of_the_journal(bench: Bench) -> list[tuple[int, int, str, list[str], str]]:
    found = []
    for record in bench.engine.store.records():
        if record.kind == Kind.STEP:
            body = parse(record.body)
            found.append((record.seq, record.at_ms, record.trade_id, body["events"], body["state"]))
    return found


def as_told(event: TradeEvent) -> tuple[int, int, str, list[str], str]:
    return event.seq, event.at_ms, event.trade_id, [str(e) for e in event.events], str(event.state)


async def queued(reader: Subscription) -> list[TradeEvent | Missed]:
    """What a reader gets without waiting for anything new."""
    got: list[TradeEvent | Missed] = []
    with trio.move_on_after(1):
        async for item in reader:
            got += [item]
    return got


def test_every_durable_step_is_told_in_order_and_nothing_else() -> None:
    async def body(bench: Bench) -> None:
        told: list[TradeEvent] = []

        async def reads() -> None:
            async for item in bench.engine.events():
                assert isinstance(item, TradeEvent)
                durable, _ = bench.engine.store.head()
                assert item.seq <= durable
                told.append(item)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(reads)
            await bench.engine.sleep_ms(1)
            for _ in range(3):
                await bench.submit()
            await bench.close_all()
            await bench.engine.sleep_ms(10)
            nursery.cancel_scope.cancel()
        assert sorted(as_told(item) for item in told) == steps_of_the_journal(bench)
        assert told[0].events == (E.GATES_PASSED,)
        assert [item.state for item in told if item.state is S.SETTLED] == [S.SETTLED] * 3

    on_bench(Setup(), body)


def test_trades_never_wait_for_a_slow_reader_and_it_is_told_how_much_it_missed() -> None:
    async def body(bench: Bench) -> None:
        slow = bench.engine.events(capacity=3)
        await (await bench.submit()).closed()
        await bench.until(lambda: bench.engine.open_trades() == [])
        steps = steps_of_the_journal(bench)
        first, *rest = await queued(slow)
        assert first == Missed(len(steps) - 3)
        assert [as_told(item) for item in rest if isinstance(item, TradeEvent)] == steps[-3:]
        assert len(steps) > 5

    on_bench(Setup(script=(Fault(K.KILL, "kalshi", role="entry"),)), body)


def test_a_reader_gets_what_was_queued_and_then_the_end_when_the_engine_closes() -> None:
    kept: list[Subscription] = []

    async def body(bench: Bench) -> int:
        kept.append(bench.engine.events())
        await (await bench.submit()).closed()
        return len(steps_of_the_journal(bench))

    steps = on_bench(Setup(), body)

    async def reads() -> list[TradeEvent | Missed]:
        return [item async for item in kept[0]]

    assert len(trio.run(reads)) == steps


def test_two_readers_do_not_take_from_each_other() -> None:
    async def body(bench: Bench) -> None:
        first, second = bench.engine.events(), bench.engine.events()
        await (await bench.submit()).closed()
        assert await queued(first) == await queued(second) != []

    on_bench(Setup(), body)
