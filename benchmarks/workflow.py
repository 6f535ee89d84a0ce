"""Time of a full run, of a run after one new trial, and of one with nothing to do, beside an empty workflow.

    python benchmarks/workflow.py [repetitions] [--more-groups N]

The empty workflow has as many jobs, and after a new trial does as many again; each writes an empty file. Both run in
a temporary folder, in turn, on two cores. Prints medians of the wall time and of the processors' time in seconds, and
ratios with what is aimed at; beside them, what share of the full run's time of jobs fell to those that have to run
after a new trial. With more groups of arms than the shipped review has, copies of one that the new trial is not in, the
review is larger but the same has to run. The wall time means something on a machine that does nothing else.
"""

import argparse
import base64
import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from reruns import PARTS, ROOT, Job, Project, new_study

EMPTY = """
rule all:
    input: expand("results/{{number}}", number=range({jobs}))
rule one:
    output: "results/{{number}}"
    shell: "true > {{output}}"
"""
WHERE = '    where: {prior_cart: ["no"]}\n'
GROUP = "  copy_{number}:\n    label: Copy {number}\n" + WHERE.replace("{", "{{").replace("}", "}}")
KINDS = ("full", "no-op", "new trial")
Times = dict[tuple[str, str], list[tuple[float, float]]]


def timed(run: Callable[[], list[Job]], into: list[tuple[float, float]]) -> list[Job]:
    begun, used = time.perf_counter(), _busy()
    jobs = run()
    into.append((time.perf_counter() - begun, _busy() - used))
    return jobs


def _busy() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def three_runs(
    name: str, folder: Path, times: Times, change: Callable[[Project], None]
) -> tuple[list[Job], list[Job], dict[str, float]]:
    """A full run, one with nothing to do, and one after `change`.

    The jobs of the first and of the last, and how long each file was worked on in the first.
    """
    project = Project(folder)
    full = timed(project.run, times.setdefault((name, "full"), []))
    worked = seconds_worked(folder)
    timed(project.run, times.setdefault((name, "no-op"), []))
    change(project)
    return full, timed(project.run, times.setdefault((name, "new trial"), [])), worked


def seconds_worked(folder: Path) -> dict[str, float]:
    """How long the job took that made each file, as Snakemake remembers it."""
    found = {}
    for path in (folder / ".snakemake" / "metadata").rglob("*"):
        if path.is_file():
            told = json.loads(path.read_bytes())
            found[base64.b64decode(path.name).decode()] = told["endtime"] - told["starttime"]
    return found


def lose(number: int) -> Callable[[Project], None]:
    """Removes as many results of the empty workflow."""

    def change(project: Project) -> None:
        for result in range(number):
            (project.root / "results" / str(result)).unlink()

    return change


def review(folder: Path, times: Times, more_groups: int) -> tuple[int, int, float]:
    """How many jobs there are, how many ran after a new trial, and the share of the full run's time that these took."""
    folder.mkdir()
    for part in PARTS:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, folder / part)
    groups = "".join(GROUP.format(number=number) for number in range(more_groups))
    Project(folder).replace("config/config.yaml", WHERE, WHERE + groups)
    full, again, worked = three_runs("review", folder, times, new_study)
    names = {job.name for job in again}
    took = {job.name: worked[job.outputs[0]] for job in full}
    return len(full), len(again), sum(seconds for name, seconds in took.items() if name in names) / sum(took.values())


def empty(folder: Path, times: Times, jobs: int, changed: int) -> None:
    folder.mkdir()
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    (folder / "Snakefile").write_text(EMPTY.format(jobs=jobs))
    three_runs("empty", folder, times, lose(changed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repetitions", type=int, nargs="?", default=5)
    parser.add_argument("--more-groups", type=int, default=0)
    arguments = parser.parse_args()
    repetitions = arguments.repetitions
    times: Times = {}
    shares = []
    for number in range(repetitions):
        with tempfile.TemporaryDirectory() as temporary:
            jobs, changed, share = review(Path(temporary) / "review", times, arguments.more_groups)
            shares.append(share)
            empty(Path(temporary) / "empty", times, jobs, changed)
        print(f"repetition {number + 1} of {repetitions}", file=sys.stderr)
    print(f"{jobs} jobs, {changed} after a new trial; 2 cores, medians of {repetitions}: wall (processors)")
    medians = {key: tuple(map(statistics.median, zip(*told, strict=True))) for key, told in times.items()}
    for kind in KINDS:
        ours, theirs = medians["review", kind], medians["empty", kind]
        print(f"{kind:9}  review {_told(ours)}  empty {_told(theirs)}  ratio {_ratio(ours, theirs)}")
    print(f"no-op to the empty one: {_ratio(medians['review', 'no-op'], medians['empty', 'no-op'])}; aim 1.15")
    print(f"new trial to full: {_ratio(medians['review', 'new trial'], medians['review', 'full'])}; aim 0.30")
    print(f"the {changed} jobs of the new trial in the full run: {statistics.median(shares):.2f} of its time of jobs")


def _told(seconds: tuple[float, ...]) -> str:
    return f"{seconds[0]:6.2f} s ({seconds[1]:6.2f} s)"


def _ratio(one: tuple[float, ...], other: tuple[float, ...]) -> str:
    return f"{one[0] / other[0]:.2f} ({one[1] / other[1]:.2f})"


if __name__ == "__main__":
    main()
