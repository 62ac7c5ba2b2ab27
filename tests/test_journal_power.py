"""The power goes off at any operation of a journal's writing: images of the disk, with lost and torn sectors."""

from __future__ import annotations

import random
import shutil
from contextlib import closing
from pathlib import Path

from attrs import evolve, frozen

from evidence import number_of, record
from journal_disk import Acked, Disk, DiskVFS, Write, after_power_loss, open_on
from journal_support import extend, filled
from pairlock.journal.errors import JournalError, JournalTruncated
from pairlock.journal.records import chain_ok
from pairlock_adapters.sqlite.store import open_store


@frozen
class Images:
    """Of how many images acknowledged records were ``lost``, a transaction was ``torn``, the file was ``corrupt``."""

    images: int = 0
    lost: int = 0
    torn: int = 0
    corrupt: int = 0
    behind: int = 0  # what was not acknowledged is gone, as it may be


def power_loss(tmp_path: Path, synchronous: str, images: int) -> Images:
    """Write through a recorded disk, lose the power at random operations, and look at what is left."""
    path = tmp_path / "j.db"
    filled(str(path), 5)
    base = {"j.db": path.read_bytes()}
    first_anchor = Path(f"{path}.head").read_bytes()
    disk, name = Disk(), f"power-{synchronous}"
    vfs = DiskVFS(name, disk)
    store = open_on(str(path), name)
    store._connection.pragma("synchronous", synchronous)
    store.acquire()
    store._connection.wal_autocheckpoint(12)  # checkpoints in the middle of it all
    ends = {5}
    for number in range(30):
        extend(store, 1 + number % 3)
        ends.add(store.head()[0])
        disk.log.append(Acked(store.head()[0], Path(f"{path}.head").read_bytes()))
    store._let_go(clean=False)
    del vfs
    assert any(isinstance(op, Write) and op.name == "j.db" for op in disk.log[60:]), "no checkpoint was cut"

    rng = random.Random(5)
    found = Images()
    for place in sorted(rng.sample(range(len(disk.log)), min(images, len(disk.log)))):
        log = disk.log[:place]
        acks = [op for op in log if isinstance(op, Acked)]
        image = after_power_loss(base, log, rng)
        image["j.db.head"] = acks[-1].anchor if acks else first_anchor
        folder = tmp_path / "image"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for file, data in image.items():
            (folder / file).write_bytes(data)
        found = looked_at(folder, acks[-1].seq if acks else 5, ends, found)
    return found


def looked_at(folder: Path, acked: int, ends: set[int], found: Images) -> Images:
    found = evolve(found, images=found.images + 1)
    try:
        after = open_store(str(folder / "j.db"))
    except JournalTruncated:
        return evolve(found, lost=found.lost + 1)  # the anchor tells of records that are gone
    except JournalError:
        return evolve(found, corrupt=found.corrupt + 1)
    with closing(after):
        head = after.head()[0]
        chained = chain_ok(after.records()).good_seq == head
        after.acquire()
        extend(after, 1)
    return evolve(
        found,
        lost=found.lost + (head < acked),
        torn=found.torn + (head not in ends),
        corrupt=found.corrupt + (not chained),
        behind=found.behind + (head < max(ends)),
    )


def test_power_loss_at_any_write_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    found = power_loss(tmp_path, "full", number_of("PAIRLOCK_POWER_IMAGES", 250))
    assert (found.lost, found.torn, found.corrupt) == (0, 0, 0)
    assert found.images >= 250
    assert found.behind > 100
    record(
        "power-loss images, synchronous=FULL",
        images=found.images,
        lost=found.lost,
        torn=found.torn,
        corrupt=found.corrupt,
    )


def test_the_same_images_lose_acknowledged_records_where_a_commit_is_not_synced(tmp_path: Path) -> None:
    """The check can fail: synchronous=NORMAL acknowledges what lies in no more than the system's cache."""
    found = power_loss(tmp_path, "normal", 100)
    assert found.lost > 20
    record("power-loss images, synchronous=NORMAL", images=found.images, lost=found.lost)
