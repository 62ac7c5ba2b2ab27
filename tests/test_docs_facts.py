"""What the documentation states as a fact of the code, compared with the code."""

import inspect
import json
import re
import subprocess
import sys
from typing import Any

import apsw
import attrs
import pytest
import trio

import pairlock
from docs_pages import DOCS, PAGES, ROOT, blocks, code, name_of, rows
from pairlock import AlertKind, CallChannel, Engine, Limits, TradeResult, open_engine
from pairlock.fees import FeeSchedule, fee_micros, fee_of_fills_micros, kalshi_quadratic, polymarket_curve
from pairlock.gates import GATES
from pairlock.journal import errors as journal_errors
from pairlock.journal.records import Kind
from pairlock.model import StuckCause, Verdict
from pairlock_adapters.simulated.clock import run_virtual
from pairlock_adapters.simulated.fault_kinds import KINDS, FaultKind
from pairlock_adapters.simulated.faults import ScriptedFaults, fault
from pairlock_adapters.simulated.profiles import PROFILES
from pairlock_adapters.simulated.truth import Truth
from pairlock_adapters.simulated.world import World
from pairlock_adapters.simulated.worldgen import opportunity_of
from pairlock_specs.claims import CLAIMS
from pairlock_specs.contracts.catalog import contracts as all_contracts

PAGE = {page.stem: page for page in DOCS.glob("*.md")}
_LIMIT = re.compile(r"`([a-z]+\.[a-z0-9_]+)`")


def defaults() -> dict[str, str]:
    limits = Limits()
    return {
        f"{section.name}.{key}": str(value)
        for section in attrs.fields(Limits)
        for key, value in attrs.asdict(getattr(limits, section.name)).items()
    }


def limit_rows(name: str) -> list[tuple[str, str]]:
    return [(_LIMIT.sub(r"\1", row[0]), row[1]) for row in rows(PAGE[name]) if _LIMIT.fullmatch(row[0])]


@pytest.mark.parametrize(
    ("name", "section"), [("configuration", ""), ("gates", "gates."), ("promise", "bounds.")]
)
def test_the_limits_of_a_page_are_those_of_the_code(name: str, section: str) -> None:
    told = limit_rows(name)
    assert sorted(told) == sorted(pair for pair in defaults().items() if pair[0].startswith(section))


def test_every_limit_that_a_page_mentions_exists() -> None:
    sections = {field.name for field in attrs.fields(Limits)}
    known = {*defaults(), *(contract.name for contract in all_contracts())}
    for page in PAGES:
        for mentioned in _LIMIT.findall(page.read_text(encoding="utf-8")):
            if mentioned.split(".")[0] in sections and not mentioned.endswith(".py"):
                assert mentioned in known, f"{name_of(page)}: {mentioned}"


def test_the_keys_of_the_demo_are_those_that_it_prints() -> None:
    command = [sys.executable, "-m", "pairlock", "demo", "--in-process", "--trades", "3", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    printed = json.loads(done.stdout, parse_float=str)
    told = [row[0].strip("`") for row in rows(PAGE["demo"], "The keys of `--json`")]
    assert sorted(told) == sorted(printed)
    assert len(set(told)) == len(told)


def test_the_options_of_the_demo_are_those_that_it_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pairlock", "demo", "--help"], capture_output=True, text=True, check=True
    )
    taken = set(re.findall(r"--[a-z-]+", done.stdout)) - {"--help"}
    told = {option for row in rows(PAGE["demo"]) for option in code(row[0]) if option.startswith("--")}
    assert told == taken
    faults = next(row[2] for row in rows(PAGE["demo"]) if row[0] == "`--faults`")
    assert set(code(faults)) == set(PROFILES)


def test_the_gates_are_all_told_in_their_order() -> None:
    told = [row[1].strip("`") for row in rows(PAGE["gates"]) if row[0].isdigit()]
    assert told == list(GATES)


def test_the_claims_are_all_told_and_what_checks_them_exists() -> None:
    told = rows(PAGE["promise"], "The claims")
    assert [row[0] for row in told] == [str(number) for number in range(1, 24)]
    names = {claim.name for claim in CLAIMS}
    for number, _, checks in told:
        if "explorer" in checks:
            assert any(name.startswith(f"{number}-") for name in names), (
                f"the explorer has no check of claim {number}"
            )
        for named in code(checks):
            if re.fullmatch(r"\d+-[a-z-]+", named):
                assert named in names


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_a_page_names_exists(page: Any) -> None:
    named = re.findall(
        r"`((?:tests|engine|adapters|specs|tools)/[\w/.-]+)`", page.read_text(encoding="utf-8")
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_way_in_is_told_with_its_arguments() -> None:
    parameters = inspect.signature(open_engine).parameters.values()
    shown = ", ".join(
        p.name
        if p.default is inspect.Parameter.empty
        else f"{p.name}={json.dumps(p.default)}".replace("null", "None").replace("[]", "()")
        for p in parameters
    )
    assert f"`open_engine(*, {shown})`" in PAGE["embedding"].read_text(encoding="utf-8")
    assert [row[0].strip("`") for row in rows(PAGE["embedding"], "Opening")] == [p.name for p in parameters]


def test_the_api_that_is_told_exists() -> None:
    for row in rows(PAGE["embedding"], "The engine"):
        for call in code(row[0]):
            name = re.match(r"(?:await )?(\w+)", call)
            assert name
            method = getattr(Engine, name[1])
            if callable(method):
                assert inspect.iscoroutinefunction(method) is call.startswith("await"), call
                told = re.findall(r"[(,] ?(?:\*, )?(\w+)", call)
                assert told == [p for p in inspect.signature(method).parameters if p != "self"], call
    shown = {name for row in rows(PAGE["embedding"], "A trade") for name in code(row[0])}
    assert shown == {field.name for field in attrs.fields(TradeResult)} - {"trade_id"}
    for row in rows(PAGE["embedding"], "Exceptions"):
        for raised in code(row[0]):
            if raised != "pairlock.journal.errors":
                assert hasattr(pairlock, raised) or hasattr(journal_errors, raised), raised


def test_verdicts_causes_and_alerts_are_all_told() -> None:
    verdicts = next(row[2] for row in rows(PAGE["embedding"], "A trade") if "`verdict`" in row[0])
    assert set(code(verdicts)) == {each.value for each in Verdict if each.value}
    causes = {row[0].strip("`") for row in rows(PAGE["operating"], "A trade is STUCK")}
    assert causes == {each.value for each in StuckCause if each.value}
    alerts = [row[0].strip("`") for row in rows(PAGE["operating"], "Alerts")]
    assert alerts == [each.value for each in AlertKind]


def test_the_halts_that_are_told_are_those_that_the_runner_raises() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "engine/pairlock/runner").glob("*.py")
    )
    raised = set(re.findall(r"\bhalt\(\s*f?\"([a-z_]+)", source)) | set(
        re.findall(r"\(\"(\w+)\", \w+_tripped", source)
    )
    told = {
        row[0].strip("`").partition(":")[0] for row in rows(PAGE["operating"], "Why new trades are refused")
    }
    assert told == raised


class _Pairs:
    def reviewed(self, event_id: str, venue_a: str, market_a: str, venue_b: str, market_b: str) -> bool:
        return True


def emergency() -> dict[str, Any]:
    """The first EMERGENCY_EXIT of an engine whose first leg filled and whose second was killed."""
    heard: list[dict[str, Any]] = []

    async def main() -> None:
        script = ScriptedFaults([fault(FaultKind.KILL, "kalshi", role="entry")])
        world = World.of(Truth(), PROFILES["none"], seed=1, script=script)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.run)
            async with open_engine(
                venues=[world.kalshi, world.polymarket],
                journal=":memory:",
                pairs=_Pairs(),
                clock=world.clock,
                alerts=[CallChannel(heard.append)],
            ) as engine:
                trade = await engine.submit(opportunity_of(world.open_pair(), world.clock.now_ms()))
                await trade.closed()
            nursery.cancel_scope.cancel()

    run_virtual(main, 1)
    return next(payload for payload in heard if payload["type"] == "EMERGENCY_EXIT")


def shape(value: Any) -> Any:
    """Keys in their order and kinds of values; of a list its first item's."""
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    return [shape(value[0])] if isinstance(value, list) else type(value).__name__


def test_the_alert_that_is_shown_is_like_a_real_one() -> None:
    (block,) = (block for block in blocks(PAGE["operating"]) if block.language == "json")
    shown, real = json.loads(block.text, parse_float=str), emergency()
    assert shape(shown) == shape(json.loads(json.dumps(real), parse_float=str))
    assert shown["advice"] == real["advice"]
    assert shown["details"]["state"] == real["details"]["state"]
    assert re.sub(r"\d+", "0", shown["details"]["reason"]) == re.sub(r"\d+", "0", real["details"]["reason"])


def test_the_faults_that_are_told_are_those_that_exist() -> None:
    told = {row[0].strip("`"): row[1] for row in rows(PAGE["simulated-venues"], "Faults")}
    assert told == {kind.value: hook.value for kind, (hook, _) in KINDS.items()}


def test_the_tables_of_the_truth_are_those_that_are_told() -> None:
    truth = Truth()
    tables = [name for (name,) in truth.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {name: [row[1] for row in truth.rows(f"PRAGMA table_info({name})")] for name in tables}
    truth.close()
    assert {row[0].strip("`"): code(row[1]) for row in rows(PAGE["simulated-venues"], "The truth")} == found


def test_the_journals_tables_kinds_and_errors_are_those_that_are_told() -> None:
    text = PAGE["journal"].read_text(encoding="utf-8")
    told = [name for row in rows(PAGE["journal"], "What is in it") for name in code(row[0])]
    assert set(told) == {"records", "trades", "meta"} | {kind.value for kind in Kind}
    concrete = {
        name
        for name, value in vars(journal_errors).items()
        if inspect.isclass(value)
        and issubclass(value, journal_errors.JournalError)
        and name != "JournalError"
    }
    assert {name for name in concrete if f"`{name}`" not in text} == set()


def test_the_journals_columns_are_those_that_are_told() -> None:
    from pairlock_adapters.sqlite.schema import TABLES

    database = apsw.Connection(":memory:")
    for statement in TABLES:
        database.execute(statement)
    for row in rows(PAGE["journal"], "What is in it")[:2]:
        columns = {found[1] for found in database.execute(f"PRAGMA table_info({row[0].strip('`')})")}
        assert set(code(row[1])) == columns
    database.close()


def test_the_fees_that_are_told_are_those_that_are_computed() -> None:
    told = [row for row in rows(PAGE["money"], "Fee schedules") if row[3].startswith("$")]
    assert len(told) == 6
    for name, price, contracts, fee in told:
        rate = re.search(r"at 0\.(\d\d)$", name)
        schedule: FeeSchedule = polymarket_curve(int(rate[1]) * 10_000) if rate else kalshi_quadratic()
        price_e4 = int(price.replace(".", "")) * 100
        micros = fee_micros(schedule, price_e4, int(contracts) * 1_000_000)
        assert f"${micros // 1_000_000}.{micros % 1_000_000:06d}" == fee
    split = fee_of_fills_micros(polymarket_curve(50_000), [(4_100, 3_333_333), (4_100, 6_666_667)])
    assert f"$0.{split:06d}" in PAGE["money"].read_text(encoding="utf-8")


def test_every_decision_is_listed_with_its_own_title() -> None:
    index = PAGE["index"].read_text(encoding="utf-8")
    files = sorted((DOCS / "decisions").glob("*.md"))
    assert [path.name[:4] for path in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    for path in files:
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {int(path.name[:4])}. ")
        assert f"{int(path.name[:4])}. [{title}](decisions/{path.name})" in index
