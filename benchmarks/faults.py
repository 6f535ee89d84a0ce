"""Kill runs at random moments, or let the disk fill up; each ordinary run after it must end as if nothing had been.

    python benchmarks/faults.py [--kills 50] [--disks 5] [--review small] [--seed 1]

Works on copies of the shipped review, or of a small synthetic one, in a temporary folder. Each trial takes one of four
things to do (everything; what a corrected count, another model at the head of the page, or another title changes; the
smaller ones more often), which an undisturbed run did before, and disturbs it. A run is killed with -9 at a moment
drawn evenly from the time that an undisturbed one took, every other time with all its jobs, else alone, so that its
jobs go on. A disk that holds the whole project fills up while everything is done: it has 10 MB the first time (if the
review needs more than that), and then a size drawn from what lies between the programs alone and all that there is to
come. One ordinary run follows, and every file of results/ is compared byte for byte. Prints a line for each trial, and
what was counted; exit code 1 where any differed. A disk is a tmpfs: where none can be mounted (only root may), no disk
is tried, and that is said.
"""

import argparse
import itertools
import os
import random
import re
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
    """A run in a process group of its own."""
    active = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    silent = subprocess.DEVNULL
    return subprocess.Popen(COMMAND, cwd=project, env=active, stdout=silent, stderr=silent, start_new_session=True)


def run(project: Path) -> int:
    return start(project).wait(timeout=LONGEST)


def results(project: Path) -> dict[str, bytes]:
    """Every file of the results, leftovers included."""
    base = project / "results"
    return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}


def copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    return target


def everything(project: Path) -> None:
    shutil.rmtree(project / "results")
    shutil.rmtree(project / ".snakemake")


def another_title(project: Path) -> None:
    config = project / "config" / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"^  title: .*$", "  title: Another title", text, count=1, flags=re.M), encoding="utf-8")


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
            "another title": another_title,
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


BRODY = "brody2025-naive,cr,best response,all,not_stated,{},74,reported,{}"
KINDS = {
    "shipped": Kind(
        shipped,
        count=(BRODY.format(50, 68), BRODY.format(51, 69)),
        model=("primary_model: as_published", "primary_model: recommended"),
    ),
    "small": Kind(
        small,
        count=(",all,not_stated,5,52,", ",all,not_stated,6,52,"),
        model=("primary_model: glmm", "primary_model: logit"),
    ),
}


class Unmountable(Exception):
    """No file system can be mounted here."""


class Bench:
    """A finished review, and what an undisturbed run makes of it after each change."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder = folder
        self.changes = kind.changes()
        self.finished = folder / "finished"
        kind.make(self.finished)
        for part in PROGRAM:
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, self.finished / part)
        self.undisturbed = {"everything": self._run(self.finished, "everything")}

    def _run(self, project: Path, name: str) -> tuple[dict[str, bytes], float]:
        begun = time.monotonic()
        if run(project):
            sys.exit(f"The undisturbed run fails ({name}).")
        seconds = time.monotonic() - begun
        print(f"undisturbed: {name}, {seconds:.1f} s", flush=True)
        return results(project), seconds

    def expected(self, name: str) -> tuple[dict[str, bytes], float]:
        """The results of an undisturbed run after a change, and the seconds that it took."""
        if name not in self.undisturbed:
            project = self.changed(name, self.folder / "undisturbed")
            self.undisturbed[name] = self._run(project, name)
            shutil.rmtree(project)
        return self.undisturbed[name]

    def changed(self, name: str, target: Path) -> Path:
        project = copy(self.finished, target)
        self.changes[name](project)
        return project

    def verdict(self, name: str, project: Path) -> str:
        """What an ordinary run makes of a disturbed project, compared with the undisturbed."""
        code = run(project)
        if code:
            return f"failed with exit code {code}"
        found, (expected, _) = results(project), self.expected(name)
        differ = sorted(path for path in found.keys() | expected.keys() if found.get(path) != expected.get(path))
        return f"differs: {', '.join(differ)}" if differ else "equal"


def kills(bench: Bench, runs: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    killed = 0
    for number in itertools.count():
        if killed == runs:
            return
        name = chance.choices(list(bench.changes), [1, 2, 2, 3])[0]
        moment, whole = chance.uniform(0, bench.expected(name)[1]), number % 2 == 0
        project = bench.changed(name, bench.folder / f"kill-{number}")
        process, begun = start(project), time.monotonic()
        try:
            process.wait(timeout=moment)
            how = "ended before it was killed"  # the machine is less busy than it was
            bench.undisturbed[name] = bench.expected(name)[0], time.monotonic() - begun
        except subprocess.TimeoutExpired:
            (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
            how = "killed with its jobs" if whole else "killed alone"
        verdict = bench.verdict(name, project)
        yield f"{name}, {how} after {moment:.1f} s", f"{how}: {verdict}"
        shutil.rmtree(project)


def disks(bench: Bench, runs: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    parts = [*PROGRAM, "config", "data"]
    before, after = (size(bench.finished, each) for each in (parts, [*parts, "results"]))
    for number in range(runs):
        kilobytes = 10 * 1024 if number == 0 and after > 10 * 1024 else chance.randrange(before + 200, after)
        with disk(bench.folder / f"disk-{number}", kilobytes) as (project, enlarge):
            for part in parts:
                source = bench.finished / part
                copy(source, project / part) if source.is_dir() else shutil.copy2(source, project / part)
            code, free = run(project), shutil.disk_usage(project).free
            enlarge()
            verdict = bench.verdict("everything", project)
        how = "it filled up" if code else "it sufficed"
        yield f"a disk of {kilobytes} kB, {how}, exit code {code}, {free} bytes free", f"{how}: {verdict}"


def size(project: Path, parts: list[str]) -> int:
    """Kilobytes that parts of a project take, in blocks of four."""
    files = [file for part in parts for file in [project / part, *(project / part).rglob("*")]]
    return sum(4 * -(-file.stat().st_size // 4096) for file in files if file.is_file())


@contextmanager
def disk(folder: Path, kilobytes: int) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A file system of its own of so many kilobytes, and what frees space on it."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unmountable(getattr(error, "stderr", "") or str(error)) from None

    def enlarge() -> None:
        subprocess.run(["mount", "-o", "remount,size=200m", str(folder)], check=True)

    try:
        yield folder, enlarge
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--disks", type=int, default=5)
    parser.add_argument("--review", choices=list(KINDS), default="shipped")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counted: Counter[str] = Counter()
        bench, chance = Bench(Path(folder), KINDS[arguments.review]), random.Random(arguments.seed)
        trials = itertools.chain(kills(bench, arguments.kills, chance), disks(bench, arguments.disks, chance))
        try:
            for number, (told, verdict) in enumerate(trials, start=1):
                counted[verdict] += 1
                print(f"{number}: {told}: {verdict.partition(': ')[2]}", flush=True)
        except Unmountable as error:
            print(f"No disk was tried: {error}")
    print()
    for verdict, number in sorted(counted.items()):
        print(f"{number:4} {verdict}")
    sys.exit(not all(verdict.endswith(": equal") for verdict in counted))


if __name__ == "__main__":
    main()
