"""docs/laboratory.md says what is there: every request of control, every key of the ready line and of CONFIG."""

from __future__ import annotations

import re

from docs_pages import DOCS, code, rows
from lab_kit import laboratory
from pairlock_adapters import testing
from pairlock_adapters.laboratory import config, config_pairs
from pairlock_adapters.laboratory.control.app import control_app

PAGE = DOCS / "laboratory.md"


async def test_the_page_lists_every_request_of_control_and_no_other() -> None:
    async with laboratory() as lab:
        served = {
            f"{method} {getattr(route, 'path', '')}"
            for route in control_app(lab).routes
            for method in getattr(route, "methods", None) or ()
            if method != "HEAD"
        }
    listed = [code(cell)[0] for cell, *_ in rows(PAGE, "Control")]
    assert sorted(listed) == sorted(served)


async def test_the_page_lists_every_key_of_the_ready_line() -> None:
    async with laboratory() as lab:
        ready = lab.ready
    keys = {"control", "pairs"}
    for venue in ("kalshi", "polymarket"):
        section = ready[venue]
        assert isinstance(section, dict)
        keys |= {f"{venue}.{key}" for key in section}
    table = rows(PAGE, "Ten minutes")
    assert {name for cell, *_ in table for name in code(cell)} == keys
    pairs = ready["pairs"]
    assert isinstance(pairs, list)
    assert set(code(table[-1][1])) == set(pairs[0])


def test_the_page_lists_every_key_of_the_configuration() -> None:
    known = {
        "[laboratory]": set(config._LAB),
        "[kalshi]": set(config._KALSHI),
        "[polymarket]": set(config._POLYMARKET),
        "[control]": set(config._CONTROL),
        "[delays]": {*config._DELAYS, "finality_ms"},
        "[[pair]]": set(config_pairs._KEYS),
    }
    table = {code(name)[0]: set(code(what)) - {"[least, most]"} for name, what in rows(PAGE, "Configuration")}
    assert {name: table[name] for name in known} == known
    assert {name.strip("[]") for name in table} | {"world"} == set(config._SECTIONS)


def test_the_names_of_the_page_are_the_packages() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## From Python")[2]
    (claims,) = re.findall(r"^\* \*\*Claims.*?(?=^\*)", text, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`(\w+)`", claims)
    assert sorted(named) == sorted(
        name
        for name in testing.__all__
        if getattr(getattr(testing, name), "__module__", "").endswith(".claims")
    )
    for name in ("inject", "heal", "fired", "control", "truth", "settled"):
        assert f"`laboratory.{name}" in text
        assert hasattr(testing.RunningLaboratory, name) or name == "control"
