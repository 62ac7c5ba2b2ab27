"""``pairlock sim``: the laboratory as a program of its own, and every mistake of its configuration."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from pairlock.errors import UserError
from pairlock_adapters.laboratory.config import load_settings
from pairlock_adapters.laboratory.settings import LabSettings
from pairlock_adapters.simulated.quantiles import between

PAIR = """
[[pair]]
name = "RAIN"
kalshi = { bids = [[4_400, 100_000]], asks = [[4_500, 100_000], [4_600, 5]] }
polymarket = { bids = [[4_700, 50_000]], asks = [[4_800, 50_000]] }
"""


@contextmanager
def sim(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The program; interrupted at the end, if it is still there."""
    command = [sys.executable, "-m", "pairlock", "sim", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)


def ended(process: subprocess.Popen[str], how: signal.Signals) -> tuple[int, str, str]:
    process.send_signal(how)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return json.loads(process.stdout.readline(), parse_float=str)  # type: ignore[no-any-return]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_one_line_when_ready_and_nothing_left_behind(how: signal.Signals) -> None:
    with sim("--json", "--seed", "3") as process:
        ready = told(process)
        key = Path(ready["kalshi"]["private_key_pem"])
        assert key.is_absolute()
        assert key.stat().st_uid == os.getuid()
        assert key.read_bytes().startswith(b"-----BEGIN PRIVATE " + b"KEY-----")
        assert ready["kalshi"]["rest"].endswith("/trade-api/v2")
        assert {"rest", "ws", "key_id", "private_key_pem"} <= set(ready["kalshi"])
        assert {
            "clob", "gamma", "data", "ws_market", "ws_user", "chain_id", "private_key", "signature_type", "funder",
            "api_key", "secret", "passphrase",
        } <= set(ready["polymarket"])  # fmt: skip
        assert (ready["polymarket"]["signature_type"], ready["polymarket"]["chain_id"]) == (0, 137)
        assert len(ready["pairs"]) >= 3
        for pair in ready["pairs"]:
            assert {"event_id", "kalshi_ticker", "polymarket_condition_id", "yes_token", "no_token"} <= set(
                pair
            )
        assert httpx.get(ready["kalshi"]["rest"] + "/exchange/status").status_code == 200
        assert httpx.get(ready["polymarket"]["clob"] + "/time").status_code == 200
        code, out, err = ended(process, how)
        assert (code, out, err) == (0, "", "")
        assert not key.parent.exists()


def test_without_json_it_speaks_to_people() -> None:
    with sim() as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("The laboratory is ready")
        process.send_signal(signal.SIGTERM)
        assert "trade-api/v2" in process.stdout.read()
        assert process.wait(20) == 0


def test_a_file_names_pairs_cash_ports_delays_and_faults(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "lab.toml"
    config.write_text(
        f"""
[laboratory]
seed = 9
[kalshi]
cash_micros = 5_000_000
port = {port}
[delays]
order_ms = [0, 1]
read_ms = 0
finality_ms = 500
[[fault]]
kind = "unauthorized"
venue = "kalshi"
{PAIR}"""
    )
    with sim(str(config), "--json") as process:
        ready = told(process)
        assert ready["kalshi"]["rest"] == f"http://127.0.0.1:{port}/trade-api/v2"
        assert [pair["kalshi_ticker"] for pair in ready["pairs"]] == ["KXRAIN"]
        faults = httpx.get(ready["control"] + "/faults").json()
        assert faults["faults"] == [{"kind": "unauthorized", "venue": "kalshi"}]
        balances = httpx.get(ready["control"] + "/truth/balances", params={"venue": "kalshi"}).json()
        assert balances[0]["cash_micros"] == 5_000_000
        with sim(str(config), "--json") as second:
            assert second.wait(20) == 2
            assert second.stderr is not None
            assert "cannot serve" in second.stderr.read()
        assert ended(process, signal.SIGTERM)[0] == 0


def test_what_a_file_does_not_say_is_as_without_it(tmp_path: Path) -> None:
    config = tmp_path / "empty.toml"
    config.write_text("")
    assert load_settings(config) == LabSettings(
        ports=dict.fromkeys(("kalshi", "control", "clob", "gamma", "data"), 0)
    )
    config.write_text("[delays]\norder_ms = [5, 9]\n")
    assert load_settings(config).profile.kalshi.order == between(5, 9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[kalshy]\n", "did you mean kalshi?"),
        ("kalshi = 1\n", "must be a table"),
        ("[kalshi]\ncash_micro = 5\n", "did you mean cash_micros?"),
        ("[kalshi]\ncash_micros = 1.5\n", "must be an integer"),
        ("[kalshi]\nport = 70_000\n", "must be from 0 to 65535"),
        ("[polymarket]\nsignature_type = 4\n", "must be from 0 to 3"),
        ("[delays]\norder = 5\n", "did you mean order_ms?"),
        ("[delays]\norder_ms = [9, 5]\n", "write the shorter delay first"),
        ("[delays]\nread_ms = -1\n", "must be from 0"),
        ("delays = 5\n", "must be a table"),
        ("pair = 5\n", "write each market as a [[pair]] table"),
        (PAIR + PAIR, "give each its own"),
        (PAIR.replace('"RAIN"', '"rain"'), "write 1 to 32 of"),
        (PAIR.replace("name", "nam"), "is no key of a pair"),
        (PAIR.replace("[4_500, 100_000]", "[4_550, 100_000]"), "must be a multiple of 100"),
        (PAIR.replace("[4_500, 100_000]", "[4_400, 100_000]"), "part them"),
        (PAIR.replace("[4_500, 100_000]", "[4_600, 100_000]"), "write each price once"),
        (PAIR.replace("[4_500, 100_000]", "[4_500]"), "write [price_e4, size_e2]"),
        (PAIR.replace("polymarket =", "# "), "the book on polymarket is missing"),
        (PAIR + 'result = "maybe"\n', "use one of yes, no, void, fifty_fifty"),
        (PAIR + "tick_e4 = 7\n", "use one of 1, 10"),
        (PAIR + "neg_risk = 1\n", "write true or false"),
        ('[[fault]]\nkind = "bad luck"\n', "does not exist"),
        ("[laboratory]\nseed = -1\n", "must be from 0"),
        ("not toml", "is not TOML"),
    ],
)
def test_every_mistake_of_a_file_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    config = tmp_path / "lab.toml"
    config.write_text(text)
    with pytest.raises(UserError) as caught:
        load_settings(config)
    assert said in str(caught.value)
    assert str(config) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments", [["nowhere.toml"], ["--faults", "calamity"], ["--faults", "nowhere.toml"], ["--seed", "-1"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    with sim(*arguments, "--json") as process:
        assert process.wait(20) == 2
        assert process.stdout is not None
        assert process.stdout.read() == ""
