"""Wall time of a full run and of a run with nothing to do, beside an empty workflow with as many jobs.

    python benchmarks/workflow.py [repetitions]

Prints medians in seconds and their ratios. Both workflows run in a temporary folder, in turn.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ["Snakefile", "environment.yml", "config", "data", "profiles", "scripts", "src", "workflow"]
EMPTY = """
rule all:
    input: expand("results/{{number}}", number=range({jobs}))
rule one:
    output: "results/{{number}}"
    shell: "true > {{output}}"
"""


def snakemake(folder: Path, *arguments: str) -> tuple[float, str]:
    active = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=active, capture_output=True, text=True, check=True)
    return time.perf_counter() - start, done.stdout + done.stderr


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as temporary:
        review, empty = Path(temporary) / "review", Path(temporary) / "empty"
        review.mkdir()
        empty.mkdir()
        for part in PARTS:
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, review / part)
        shutil.copytree(ROOT / "profiles", empty / "profiles")
        planned = snakemake(review, "--dry-run", "--quiet", "rules")[1]
        jobs = next(int(line.split()[1]) for line in planned.splitlines() if line.startswith("total")) - 1
        (empty / "Snakefile").write_text(EMPTY.format(jobs=jobs))

        times: dict[tuple[str, str], list[float]] = {}
        for _ in range(repetitions):
            for name, folder in (("review", review), ("empty", empty)):
                shutil.rmtree(folder / "results", ignore_errors=True)
                times.setdefault((name, "full"), []).append(snakemake(folder)[0])
                times.setdefault((name, "no-op"), []).append(snakemake(folder)[0])
        print(f"{jobs} jobs, 2 cores, median of {repetitions}")
        for kind in ("full", "no-op"):
            ours, theirs = (statistics.median(times[name, kind]) for name in ("review", "empty"))
            print(f"{kind:6} review {ours:6.2f} s   empty {theirs:6.2f} s   ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
