"""`pairlock audit trade`: a person understands one trade, and its money adds up to the run's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from audit_kit import demo, pairlock, repaired, rows_in
from engine_kit import LONG_LIVES, Bench, Setup, on_bench
from pairlock import S
from pairlock.audit.trade import audit_trade
from pairlock.audit.words import dollars, ledger_dollars
from pairlock.cli import main
from pairlock.journal.journal import Journal
from pairlock.journal.records import Entry, Kind
from pairlock.journal.store import TradeRow
from pairlock_adapters.simulated.fault_kinds import FaultKind as K
from pairlock_adapters.simulated.faults import Fault
from pairlock_adapters.sqlite.store import open_store

Told = dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    path = tmp_path_factory.mktemp("demo") / "j.db"
    return path, demo(path, trades=40)


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    path = tmp_path_factory.mktemp("repair") / "j.db"
    return (path, *repaired(path))


def trades_of(path: Path) -> list[Told]:
    ids = [row["trade"] for row in rows_in(path) if row["kind"] == "detected"]
    return [audit_trade(str(path), each) for each in ids]


def shown(*arguments: str | Path) -> str:
    done = pairlock("audit", "trade", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# --- the money ------------------------------------------------------------------------------------------------------


def adds_up(told: Told) -> None:
    for leg in told["money"]["legs"]:
        paid = leg["bought_micros"] + leg["fees_micros"] + leg["claimed_micros"] + leg["awaited_micros"]
        got = leg["sold_micros"] + leg["payout_micros"] + leg["sets_micros"]
        assert leg["result_micros"] == got - paid
        if told["state"] in ("SETTLED", "ROLLED_BACK", "HEDGED"):
            assert (leg["claimed_micros"], leg["awaited_micros"]) == (0, 0)
    assert told["money"]["realized_micros"] == sum(leg["result_micros"] for leg in told["money"]["legs"])


def test_the_trades_add_up_to_the_run(run: tuple[Path, Told]) -> None:
    path, report = run
    trades = trades_of(path)
    assert len(trades) == report["trades"] == 40
    for told in trades:
        adds_up(told)
        assert told["broken"] == []
    money = [told["money"] for told in trades]
    assert sum(each["realized_micros"] for each in money) == report["realized_micros"]
    assert sum(each["exit_cost_micros"] for each in money) == report["exit_cost_micros"] != 0
    settled = [told["money"]["promised_micros"] for told in trades if told["state"] == "SETTLED"]
    assert sum(settled) == report["promised_micros"]


# --- the timeline ---------------------------------------------------------------------------------------------------


def test_every_record_of_a_trade_is_told(run: tuple[Path, Told]) -> None:
    path, _ = run
    rows = rows_in(path)
    for told in trades_of(path):
        own = [row for row in rows if row["trade"] == told["trade_id"]]
        assert [entry["seq"] for entry in told["timeline"]] == [row["seq"] for row in own]
        for row, entry in zip(own, told["timeline"], strict=True):
            body = json.loads(row["body"], parse_float=str)
            assert entry["since_ms"] == row["at_ms"] - own[0]["at_ms"]
            assert entry["said"]
            if row["kind"] == "step":
                assert (entry["fact"], entry["events"]) == (body["fact"]["fact"], body["events"])
                assert (entry["state"], entry["alerts"]) == (body["state"], body["alerts"])
        created = [order["intent_id"] for entry in told["timeline"] for order in entry["orders"]]
        assert len(created) == len(set(created))
        ended = {m["intent_id"] for e in told["timeline"] for m in e["orders_moved"] if m["to"] == "FINAL"}
        assert set(created) <= ended, "every order that was released is told to its end"


def test_a_person_reads_what_happened_and_why(run: tuple[Path, Told]) -> None:
    path, _ = run
    completed = next(told for told in trades_of(path) if told["money"]["exit_cost_micros"])
    page = shown(completed["trade_id"], "--journal", path)
    for line in page.splitlines():
        assert len(line) <= 100
        assert line == line.rstrip()
    assert "\x1b" not in page
    assert re.search(r"\+ [AB]0 entry: buy \d", page)
    title, *_ = page.splitlines()
    assert title.startswith(f"trade {completed['trade_id']}  SETTLED (")
    for part in (
        "detected: YES $",
        "every gate passed: ",
        "reserved $",
        "> UNEQUAL",
        "! EMERGENCY_EXIT: ",
        "books for an exit: A ",
        "> EXIT_DURABLE",
        "complete: buy ",
        "resolved: ",
        f"exits cost {dollars(completed['money']['exit_cost_micros'])}",
    ):
        assert part in page, part
    for leg in completed["money"]["legs"]:
        assert ledger_dollars(leg["result_micros"]) in page


def test_a_trade_that_did_nothing_says_why(tmp_path: Path) -> None:
    async def body(bench: Bench) -> None:
        pair = bench.pair()
        bench.pairs.strange.add(pair.event_id)
        await bench.submit(pair)
        await bench.close_all()

    on_bench(Setup(journal=str(tmp_path / "j.db")), body)
    page = shown("1", "--journal", tmp_path / "j.db")
    assert "a gate refused: " in page
    assert "why it ended: " in page
    assert "money: nothing was reserved, bought or sold" in page


def test_an_open_trade_is_told_so_far(tmp_path: Path) -> None:
    """Read by another process while the engine has the journal open."""

    async def body(bench: Bench) -> tuple[str, Told]:
        trade = await bench.submit()
        await bench.until(lambda: trade.state is S.HEDGING)
        page = shown(trade.trade_id, "--journal", tmp_path / "j.db")
        told = audit_trade(str(tmp_path / "j.db"), trade.trade_id)
        await bench.close_all()
        return page, told

    script = (Fault(K.SHUT, "kalshi", role="entry"),)
    page, told = on_bench(Setup(script=script, journal=str(tmp_path / "j.db"), sizes=LONG_LIVES), body)
    assert (told["state"], told["money"]["exit_cost_micros"]) == ("HEDGING", None)
    adds_up(told)
    assert "so far -$" in page
    assert "the trade is open" in page


# --- repairs --------------------------------------------------------------------------------------------------------


def test_repairs_follow_the_trade_that_they_answer_for(family: tuple[Path, str, str]) -> None:
    path, parent, repair = family
    told = audit_trade(str(path), parent)
    (follower,) = told["repaired_by"]
    assert (follower["trade_id"], follower["repairs"]) == (repair, parent)
    first = follower["timeline"][0]
    assert (first["kind"], first["state"]) == ("repair", "HEDGING")
    assert first["since_ms"] > 0, "counted from when the first trade was detected"
    assert [order["role"] for order in first["orders"]] == ["adopted_in"]
    adds_up(follower)
    assert told["family_realized_micros"] == (
        told["money"]["realized_micros"] + follower["money"]["realized_micros"]
    )
    page = shown(parent, "--journal", path)
    assert page.index(f"trade {parent}  HEDGED") < page.index(f"repair {repair}  ")
    assert f"this repair of {parent} answers for it" in " ".join(page.split())
    assert "+ B0 adopted_in: bought 2 " in page or "+ A0 adopted_in: bought 2 " in page
    assert f"with its repairs: {dollars(told['family_realized_micros'])}" in page
    assert audit_trade(str(path), repair)["repairs"] == parent


# --- which trade ----------------------------------------------------------------------------------------------------


def test_a_trade_is_found_by_id_by_opportunity_and_by_number(run: tuple[Path, Told]) -> None:
    path, _ = run
    seventh = trades_of(path)[6]
    for given in (seventh["trade_id"], seventh["opportunity_id"], "7", "000007"):
        assert audit_trade(str(path), given) == seventh


@pytest.mark.parametrize("damage", ["x{}", "{}x", "wrong"])
def test_an_unknown_id_is_one_sentence_with_close_ones(run: tuple[Path, Told], damage: str) -> None:
    path, _ = run
    first = trades_of(path)[0]["trade_id"]
    done = pairlock("audit", "trade", damage.format(first), "--journal", path, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "did you mean " in done.stderr
    if damage != "wrong":
        assert first in done.stderr


def test_a_number_that_two_trades_have_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    demo(path, trades=2)
    demo(path, trades=2)
    firsts = [row["trade"] for row in rows_in(path) if row["kind"] == "detected"][::2]
    done = pairlock("audit", "trade", "1", "--journal", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert all(each in done.stderr for each in firsts)


def test_a_journal_without_trades_or_without_a_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(str(tmp_path / "empty.db"))
    store.acquire()
    store.close()
    for name, mend in (("empty.db", "it has no trade at all"), ("missing.db", "there is no such file")):
        assert main(["audit", "trade", "7", "--journal", str(tmp_path / name)]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert mend in captured.err
        assert captured.err.count("\n") == 1


# --- what others wrote ----------------------------------------------------------------------------------------------


def hostile(source: Path, to: Path, event_id: str) -> str:
    """A journal of one trade whose event's name is what a venue could make of it."""
    row = next(row for row in rows_in(source) if row["kind"] == "detected")
    body = json.loads(row["body"], parse_float=str)
    body["opportunity"]["event_id"] = event_id
    store = open_store(str(to))
    store.acquire()
    journal = Journal(store, lambda: 0)
    journal.append(Entry(Kind.DETECTED, "t-1", 0, body), TradeRow("t-1", "o", "DETECTED", False))
    journal.flush_now()
    store.close()
    return "t-1"


def test_no_name_of_others_steers_the_terminal(run: tuple[Path, Told], tmp_path: Path) -> None:
    name = "\x1b[31m[bold]é\u202e\n:smile:"
    trade_id = hostile(run[0], tmp_path / "j.db", name)
    page = shown(trade_id, "--journal", tmp_path / "j.db")
    assert r"\x1b[31m[bold]é\u202e\n:smile:" in page
    done = pairlock("audit", "trade", trade_id, "--journal", tmp_path / "j.db", "--json")
    assert json.loads(done.stdout, parse_float=str)["event_id"] == name, "for programs it stays what it is"
    plain = pairlock(
        "audit",
        "trade",
        trade_id,
        "--journal",
        tmp_path / "j.db",
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii"},
    )
    assert (plain.returncode, plain.stderr) == (0, "")
    assert r"[bold]\xe9" in plain.stdout


def test_a_broken_claim_is_told_and_is_exit_1(
    run: tuple[Path, Told], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pairlock.audit import story

    monkeypatch.setattr(story, "closed_claims", lambda trade: [f"claim 1: {trade.trade_id} made up"])
    assert main(["audit", "trade", "1", "--journal", str(run[0])]) == 1
    captured = capsys.readouterr()
    assert re.search(r"^BROKEN record \d+: claim 1: ", captured.out, re.MULTILINE)
    assert "1 claims are broken" in captured.err
