"""What provenance costs: time of a whole run and size of its results, with it and without.

    python benchmarks/provenance.py [repetitions]

Provenance are the jobs that trace every value (`trace_values`) and record the digests (`record_digests`), and what the
page does and holds for the traces. A run without it is not possible, so its time is that of the whole run on one core
without these jobs, and with the page written from a trace that is empty; each program is started by hand, as the
workflow starts it, and the median of its times is taken. Identity cards are not counted: a run needs them to know what
to do. The time of an audit is told beside it. Runs in a temporary folder; needs a quiet machine.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ["Snakefile", "environment.yml", "config", "data", "profiles", "scripts", "src", "workflow"]
TRACE, DIGESTS, PAGE = "results/provenance/trace.json", "results/provenance/digests.csv", "results/report/index.html"
OF_TRACES = [
    r' data-trace="[^"]*"',
    r'<script[^>]*type="application/json"[^>]*>.*?</script>',
]
"""What the page holds for the traces, beside their style and program."""


def environment(folder: Path) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(folder / "src")}


def seconds(command: list[str] | str, folder: Path) -> float:
    start = time.perf_counter()
    shell = isinstance(command, str)
    subprocess.run(command, cwd=folder, env=environment(folder), shell=shell, check=True, capture_output=True)
    return time.perf_counter() - start


def command_of(target: str, folder: Path) -> str:
    """The command of the job that makes `target`, as the workflow would start it."""
    plan = [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run", "--printshellcmds", "--force", target]
    done = subprocess.run(plan, cwd=folder, env=environment(folder), capture_output=True, text=True, check=True)
    shown = re.findall(r"^\s*(?:Shell command: )?(python scripts/.*)$", done.stdout + done.stderr, re.MULTILINE)
    return next(line for line in shown if target in line)


def median(command: list[str] | str, folder: Path, repetitions: int) -> float:
    return statistics.median(seconds(command, folder) for _ in range(repetitions))


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "review"
        folder.mkdir()
        for part in PARTS:
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, folder / part)
        run = [sys.executable, "-m", "snakemake", "--cores", "1"]
        runs = []
        for _ in range(repetitions):
            shutil.rmtree(folder / "results", ignore_errors=True)
            runs.append(seconds(run, folder))
        whole = statistics.median(runs)

        traced = median(command_of(TRACE, folder), folder, repetitions)
        digested = median(command_of(DIGESTS, folder), folder, repetitions)
        write_page = command_of(PAGE, folder)
        page = median(write_page, folder, repetitions)
        results = size(folder / "results")
        provenance = size(folder / "results" / "provenance")
        of_page = page_size(folder / PAGE)
        audit = median([sys.executable, "-m", "perennial", "audit"], folder, repetitions)

        trace = folder / TRACE
        trace.write_text(json.dumps({**json.loads(trace.read_bytes()), "nodes": {}}), encoding="utf-8")
        bare_page = median(write_page, folder, repetitions)

    cost = traced + digested + page - bare_page
    print(f"one core, median of {repetitions}")
    print(
        f"trace_values {traced:.2f} s, record_digests {digested:.2f} s, the page {page:.2f} s, {bare_page:.2f} s bare"
    )
    print(f"time  with {whole:7.2f} s     without {whole - cost:7.2f} s     ratio {whole / (whole - cost):.2f}")
    without = results - provenance - of_page
    print(f"size  with {results / 1e6:7.2f} MB    without {without / 1e6:7.2f} MB    ratio {results / without:.2f}")
    print(f"of which results/provenance/ {provenance / 1e6:.2f} MB, on the page {of_page / 1e6:.2f} MB")
    print(f"perennial audit {audit:.2f} s")


def page_size(path: Path) -> int:
    """Bytes of the page that are there for the traces."""
    text = path.read_text(encoding="utf-8")
    found = sum(len(each[0].encode()) for pattern in OF_TRACES for each in re.finditer(pattern, text, re.DOTALL))
    files = (ROOT / "workflow" / "report").glob("trace.*")
    return found + sum(path.stat().st_size for path in files)


if __name__ == "__main__":
    main()
