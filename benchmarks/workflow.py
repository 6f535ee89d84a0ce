"""Time of a full run, of a run after one new trial, and of one with nothing to do, beside an empty workflow.

    python benchmarks/workflow.py [repetitions]

The empty workflow has as many jobs, and after a new trial does as many again; each writes an empty file. Both run in
a temporary folder, in turn, on two cores. Prints medians of the wall time and of the processors' time in seconds, and
ratios with what is aimed at. The wall time means something on a machine that does nothing else.
"""

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


def three_runs(name: str, folder: Path, times: Times, change: Callable[[Project], None]) -> tuple[int, int]:
    """A full run, one with nothing to do, and one after `change`; the jobs of the first and of the last."""
    project = Project(folder)
    done = [timed(project.run, times.setdefault((name, "full"), []))]
    timed(project.run, times.setdefault((name, "no-op"), []))
    change(project)
    done.append(timed(project.run, times.setdefault((name, "new trial"), [])))
    return len(done[0]), len(done[1])


def lose(number: int) -> Callable[[Project], None]:
    """Removes as many results of the empty workflow."""

    def change(project: Project) -> None:
        for result in range(number):
            (project.root / "results" / str(result)).unlink()

    return change


def review(folder: Path, times: Times) -> tuple[int, int]:
    folder.mkdir()
    for part in PARTS:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, folder / part)
    return three_runs("review", folder, times, new_study)


def empty(folder: Path, times: Times, jobs: int, changed: int) -> None:
    folder.mkdir()
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    (folder / "Snakefile").write_text(EMPTY.format(jobs=jobs))
    three_runs("empty", folder, times, lose(changed))


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    times: Times = {}
    for number in range(repetitions):
        with tempfile.TemporaryDirectory() as temporary:
            jobs, changed = review(Path(temporary) / "review", times)
            empty(Path(temporary) / "empty", times, jobs, changed)
        print(f"repetition {number + 1} of {repetitions}", file=sys.stderr)
    print(f"{jobs} jobs, {changed} after a new trial; 2 cores, medians of {repetitions}: wall (processors)")
    medians = {key: tuple(map(statistics.median, zip(*told, strict=True))) for key, told in times.items()}
    for kind in KINDS:
        ours, theirs = medians["review", kind], medians["empty", kind]
        print(f"{kind:9}  review {_told(ours)}  empty {_told(theirs)}  ratio {_ratio(ours, theirs)}")
    print(f"no-op to the empty one: {_ratio(medians['review', 'no-op'], medians['empty', 'no-op'])}; aim 1.15")
    print(f"new trial to full: {_ratio(medians['review', 'new trial'], medians['review', 'full'])}; aim 0.30")


def _told(seconds: tuple[float, ...]) -> str:
    return f"{seconds[0]:6.2f} s ({seconds[1]:6.2f} s)"


def _ratio(one: tuple[float, ...], other: tuple[float, ...]) -> str:
    return f"{one[0] / other[0]:.2f} ({one[1] / other[1]:.2f})"


if __name__ == "__main__":
    main()
