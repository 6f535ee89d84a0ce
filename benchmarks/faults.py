"""Kill runs at random moments, or let the disk fill up; each ordinary run after it must end as if nothing had been.

    python benchmarks/faults.py kills [--runs 50] [--seed 1] [--review small]
    python benchmarks/faults.py disks [--runs 5] [--seed 1] [--review small]     (mounts a tmpfs; needs to be root)

Works on copies of the shipped review, or of a small synthetic one, in a temporary folder. Each trial takes one of three things to do (everything; what a
corrected count changes; what another model at the head of the page changes), has it done once undisturbed, and then
again, disturbed. A run is killed with -9 at a moment drawn evenly from the time that the undisturbed one took, every
other time with all its jobs, else alone, so that its jobs go on. A disk of 10 MB holds the whole project and fills up,
or it is so much smaller that it fills up earlier. Then one ordinary run follows, and every file of results/ is compared
byte for byte. Prints a line for each trial, and what was counted; exit code 1 where any differed.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = ["Snakefile", "environment.yml", "profiles", "scripts", "src", "workflow"]
COMMAND = [sys.executable, "-m", "snakemake", "--cores", "2"]
LONGEST = 900
"""Seconds that one run may take; more is a failure."""


def start(project: Path) -> subprocess.Popen:
    """A run in a process group of its own, whose output is kept in run.log."""
    active = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    with tempfile.TemporaryFile() as log:
        return subprocess.Popen(COMMAND, cwd=project, env=active, stdout=log, stderr=log, start_new_session=True)


def run(project: Path) -> int:
    return start(project).wait(timeout=LONGEST)


def results(project: Path) -> dict[str, bytes]:
    """Every file of the results but the lock, leftovers included."""
    base = project / "results"
    return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}


def copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    return target


def everything(project: Path) -> None:
    shutil.rmtree(project / "results")
    shutil.rmtree(project / ".snakemake")


def edit(project: Path, file: str, old: str, new: str) -> None:
    text = (project / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    (project / file).write_text(text.replace(old, new), encoding="utf-8")


@dataclass(frozen=True)
class Kind:
    """A review to be disturbed: how it is made, a count in it and the correction, its model and another."""

    make: Callable[[Path], None]
    count: tuple[str, str]
    model: tuple[str, str]

    def changes(self) -> dict[str, Callable[[Path], None]]:
        return {
            "everything": everything,
            "a corrected count": lambda project: edit(project, "data/extraction/outcomes.csv", *self.count),
            "another model": lambda project: edit(project, "config/config.yaml", *self.model),
        }


def shipped(project: Path) -> None:
    for part in ("config", "data"):
        shutil.copytree(ROOT / part, project / part)


def small(project: Path) -> None:
    """A review that `perennial new` starts, with six synthetic trials."""
    source = [sys.executable, "-m", "perennial", "new", project]
    subprocess.run(source, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=True, stdout=subprocess.DEVNULL)
    table = project / "trials.csv"
    rows = (f"Synthetic,{2001 + number},{3 + number},5{number},{9 + number},5{number}" for number in range(6))
    header = "trial,year,intervention_events,intervention_n,control_events,control_n"
    table.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    program = [sys.executable, ROOT / "docs" / "two_by_two.py", project, table, "event", "a synthetic table"]
    subprocess.run(program, check=True)


KINDS = {
    "shipped": Kind(
        shipped,
        ("brody2025-naive,cr,best response,all,not_stated,50,74,reported,68", "brody2025-naive,cr,best response,all,not_stated,51,74,reported,69"),
        ("primary_model: as_published", "primary_model: recommended"),
    ),
    "small": Kind(small, (",all,not_stated,5,52,", ",all,not_stated,6,52,"), ("primary_model: glmm", "primary_model: logit")),
}  # fmt: skip


class Bench:
    """A finished copy of the review, and what an undisturbed run makes of it after each change."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder = folder
        self.changes = kind.changes()
        self.finished = folder / "finished"
        kind.make(self.finished)
        for part in PROGRAM:
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, self.finished / part)
        if run(self.finished):
            sys.exit("The undisturbed run fails.")
        self.expected: dict[str, dict[str, bytes]] = {}
        self.seconds: dict[str, float] = {}
        for name, change in self.changes.items():
            project = self.changed(change, folder / "undisturbed")
            begun = time.monotonic()
            code = run(project)
            self.seconds[name] = time.monotonic() - begun
            if code:
                sys.exit(f"The undisturbed run fails ({name}).")
            self.expected[name] = results(project)
            shutil.rmtree(project)
            print(f"undisturbed: {name}, {self.seconds[name]:.1f} s", flush=True)

    def changed(self, change: Callable[[Path], None], target: Path) -> Path:
        project = copy(self.finished, target)
        change(project)
        return project

    def verdict(self, name: str, project: Path) -> str:
        """What an ordinary run makes of a disturbed project, compared with the undisturbed."""
        code = run(project)
        if code:
            return f"failed with exit code {code}"
        found, expected = results(project), self.expected[name]
        differ = sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))
        return f"differs: {', '.join(differ)}" if differ else "equal"


def kills(bench: Bench, runs: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    for number in range(runs):
        name = chance.choice(list(bench.changes))
        project = bench.changed(bench.changes[name], bench.folder / f"kill-{number}")
        moment, whole = chance.uniform(0, bench.seconds[name]), number % 2 == 0
        process = start(project)
        try:
            process.wait(timeout=moment)
            how = "ended before it was killed"
        except subprocess.TimeoutExpired:
            (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
            how = "killed with its jobs" if whole else "killed alone"
        verdict = bench.verdict(name, project)
        yield f"{name}, {how} after {moment:.1f} s", f"{how}: {verdict}"
        shutil.rmtree(project)


def disks(bench: Bench, runs: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    for number in range(runs):
        size = 10 * 1024 if number == 0 else chance.randrange(3 * 1024, 10 * 1024)
        with disk(bench.folder / f"disk-{number}", size) as (project, enlarge):
            for part in [*PROGRAM, "config", "data"]:
                source = bench.finished / part
                copy(source, project / part) if source.is_dir() else shutil.copy2(source, project / part)
            code = run(project)
            full = shutil.disk_usage(project).free
            enlarge()
            verdict = bench.verdict("everything", project)
        how = f"exit code {code}, {full} bytes free"
        yield f"a disk of {size} kB: {how}", f"{'it filled up' if code else 'it sufficed'}: {verdict}"


@contextmanager
def disk(folder: Path, kilobytes: int) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A file system of its own of so many kilobytes, and what frees space on it."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], check=True)

    def enlarge() -> None:
        subprocess.run(["mount", "-o", "remount,size=200m", str(folder)], check=True)

    try:
        yield folder, enlarge
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fault", choices=["kills", "disks"])
    parser.add_argument("--runs", type=int)
    parser.add_argument("--review", choices=list(KINDS), default="shipped")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    trial, runs = {"kills": (kills, 50), "disks": (disks, 5)}[arguments.fault]
    with tempfile.TemporaryDirectory() as folder:
        counted: Counter[str] = Counter()
        trials = trial(
            Bench(Path(folder), KINDS[arguments.review]), arguments.runs or runs, random.Random(arguments.seed)
        )
        for number, (told, verdict) in enumerate(trials, start=1):
            counted[verdict] += 1
            print(f"{number}: {told}: {verdict.partition(': ')[2]}", flush=True)
    print()
    for verdict, number in sorted(counted.items()):
        print(f"{number:4} {verdict}")
    sys.exit(not all(verdict.endswith(": equal") for verdict in counted))


if __name__ == "__main__":
    main()
