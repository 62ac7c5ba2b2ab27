"""The configuration file: what it sets holds, and every mistake is one sentence with the mend."""

import subprocess
import sys
from pathlib import Path

import pytest
from attrs import asdict, evolve, fields

from pairlock.config import limits_digest, limits_from, load_limits
from pairlock.errors import UserError
from pairlock.limits import GateLimits, Limits, SizeLimits


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "pairlock.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load_limits(written(tmp_path, "")) == Limits()
    assert load_limits(written(tmp_path, "[gates]\n")) == Limits()


def test_what_is_written_holds_and_the_rest_stays(tmp_path: Path) -> None:
    text = '[gates]\nmin_net_profit_micros = 2_000\nmax_ping_ms = 80\n[execution]\nexit_on = "matched"\n'
    got = load_limits(written(tmp_path, text))
    assert got.gates == evolve(GateLimits(), min_net_profit_micros=2_000, max_ping_ms=80)
    assert got.execution.exit_on == "matched"
    assert got.size == SizeLimits()


@pytest.mark.parametrize("section", [field.name for field in fields(Limits)])
def test_every_limit_can_be_written(tmp_path: Path, section: str) -> None:
    defaults = getattr(Limits(), section)
    text = f"[{section}]\n" + "".join(f"{key} = {value!r}\n" for key, value in asdict(defaults).items())
    assert load_limits(written(tmp_path, text)) == Limits()


MISTAKES: list[tuple[str, tuple[str, ...]]] = [
    ("[gate]\n", ("[gate]", "did you mean gates?")),
    ("[wholly_other]\n", ("[wholly_other]", "known are", "bounds", "gates")),
    ("[gates]\nmax_ping = 5\n", ("gates.max_ping", "did you mean max_ping_ms?")),
    ("[gates]\nzzz = 5\n", ("gates.zzz", "known are", "max_ping_ms")),
    ("gates = 5\n", ("gates = 5", "write [gates]")),
    ("[[gates]]\nmax_ping_ms = 5\n", ("gates = ", "write [gates]")),
    ("[gates]\nmax_ping_ms = 0.5\n", ("gates.max_ping_ms = 0.5", "whole number from 0", "milliseconds")),
    ("[gates]\nmax_ping_ms = nan\n", ("gates.max_ping_ms = nan", "whole number")),
    ("[gates]\nmax_ping_ms = true\n", ("gates.max_ping_ms = True", "whole number")),
    ('[gates]\nmax_ping_ms = "100"\n', ("gates.max_ping_ms = '100'", "whole number")),
    ("[gates]\nmax_ping_ms = [1]\n", ("gates.max_ping_ms = [1]", "whole number")),
    ("[gates]\nmax_ping_ms = -1\n", ("gates.max_ping_ms = -1", "from 0 to")),
    ("[gates]\nping_window_ms = 0\n", ("gates.ping_window_ms = 0", "from 1 to")),
    (
        "[gates]\nexit_stress_ppm = 1_000_001\n",
        ("exit_stress_ppm = 1000001", "from 0 to 1000000 (millionths)"),
    ),
    ("[size]\nmax_capital_share_ppm = 2_000_000\n", ("size.max_capital_share_ppm = 2000000", "1000000")),
    ("[gates]\nmax_exit_loss_per_contract_e4 = 10_001\n", ("10001", "10000 (1/10,000 dollar)")),
    ("[size]\nmax_size_e2 = 1000000000000001\n", ("size.max_size_e2", "1/100 contract")),
    (f"[gates]\nmax_ping_ms = 1{'0' * 99}\n", ("gates.max_ping_ms", "a huge number")),
    ('[execution]\nexit_on = "Final"\n', ("execution.exit_on = 'Final'", "'final', 'matched'")),
    ("[execution]\nexit_on = 1\n", ("execution.exit_on = 1", "'final', 'matched'")),
    ("[execution]\nexit_on = []\n", ("execution.exit_on = []", "'final', 'matched'")),
    (
        "[bounds]\nfinality_ms = 90_000\n",
        ("overdue_alarm_ms = 90000", "less than", "finality_ms = 90000", "raise"),
    ),
    ("[execution]\nentry_timeout_ms = 4_501\n", ("entry_timeout_ms = 4501", "execution_deadline_ms = 4500")),
    ("[gates\n", ("not TOML", "line 1")),
    ("[gates]\nmax_ping_ms = 1\nmax_ping_ms = 2\n", ("not TOML", "overwrite")),
    ("[gates]\nmax_ping_ms = 1\n[gates]\n", ("not TOML",)),
    ("x = " + "[" * 50_000, ("not TOML",)),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES, ids=[str(i) for i in range(len(MISTAKES))])
def test_every_mistake_names_file_key_value_and_mend(
    tmp_path: Path, text: str, said: tuple[str, ...]
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError) as caught:
        load_limits(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert all(part in message for part in said), message
    assert "\n" not in message
    assert len(message) < 600


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, said in [
        (tmp_path / "none.toml", "no such file"),
        (tmp_path, "cannot be read"),
        (written(tmp_path, b"# \xff\n"), "byte 2 is not UTF-8"),
    ]:
        with pytest.raises(UserError, match=said):
            load_limits(path)


def test_sections_of_others_are_passed_over_only_when_named() -> None:
    table = {"venues": {"x": 1}, "gates": {"max_ping_ms": 7}}
    assert limits_from(table, other_sections=("venues",)).gates.max_ping_ms == 7
    with pytest.raises(UserError, match=r"\[venues\]"):
        limits_from(table)
    with pytest.raises(UserError, match="did you mean venues"):
        limits_from({"venue": {}}, other_sections=("venues",))
    # nor can a section of ours be claimed away
    assert limits_from({"gates": {"max_ping_ms": 7}}, other_sections=("gates",)).gates.max_ping_ms == 7


def test_the_digest_names_every_limit() -> None:
    digest = limits_digest(Limits())
    assert len(digest) == 64
    assert limits_digest(Limits(gates=GateLimits())) == digest
    seen = {digest}
    for section in fields(Limits):
        values = getattr(Limits(), section.name)
        for field in fields(type(values)):
            old = getattr(values, field.name)
            changed = evolve(values, **{field.name: "matched" if isinstance(old, str) else old + 1})
            seen.add(limits_digest(evolve(Limits(), **{section.name: changed})))
    assert len(seen) == 1 + sum(len(fields(type(getattr(Limits(), s.name)))) for s in fields(Limits))


def test_the_digest_is_the_same_in_another_process() -> None:
    code = "from pairlock.config import *; from pairlock.limits import Limits; print(limits_digest(Limits()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == limits_digest(Limits())
