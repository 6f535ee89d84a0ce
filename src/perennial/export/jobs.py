"""Which job made which file from which others, as Snakemake tells it, and when, as far as it remembers."""

import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perennial.export.released import ExportError, Released, check_results

INSTALLATION = Path(__file__).parents[3]
RECORDS = Path(".snakemake/metadata")

JOB = re.compile(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", re.MULTILINE)
FILES = re.compile(r"^    (input|output): (.*)$", re.MULTILINE)
"""How Snakemake prints a job of a plan, and its files."""


@dataclass(frozen=True)
class Job:
    """One call of a program. Paths are below the review's folder; the program is below the installation's.

    `cards` are its identity cards, by file. `started` and `ended` are UTC, None where Snakemake has no record of it: a
    run that lost its .snakemake/ is done, but nobody knows when.
    """

    rule: str
    name: str
    program: str
    cards: dict[str, dict[str, Any]]
    inputs: tuple[str, ...]
    """Results of other jobs."""
    outputs: tuple[str, ...]
    started: str | None
    ended: str | None


def read_jobs(released: Released) -> list[Job]:
    """All jobs of the release, by name. Raises ExportError where the workflow is no longer that of the release."""
    known = {f"{released.results}/{name}" for name in released.release.told["results"]}
    planned = list(_planned(released, known))
    check_results(released)  # a plan writes the cards that the code and evidence of now give
    jobs = [_job(released, *each) for each in planned]
    return sorted(jobs, key=lambda job: job.name)


def _job(released: Released, rule: str, inputs: list[str], outputs: list[str]) -> Job:
    cards = [file for file in inputs if file.startswith(f"{released.results}/identity/{rule}/")]
    programs = [Path(file).name for file in inputs if re.search(r"(^|/)scripts/\w+\.py$", file)]
    times = [told for output in outputs if (told := _record(released.project, output))]
    return Job(
        rule=rule,
        name="/".join([rule, *(Path(card).stem for card in cards)]),
        program=f"scripts/{programs[0]}",
        cards={card: json.loads((released.project / card).read_bytes()) for card in cards},
        inputs=tuple(sorted(file for file in inputs if file.startswith(f"{released.results}/") and file not in cards)),
        outputs=tuple(sorted(outputs)),
        started=_day_time(min(told["starttime"] for told in times)) if times else None,
        ended=_day_time(max(told["endtime"] for told in times)) if times else None,
    )


def _planned(released: Released, known: Collection[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Rule, inputs and outputs of each job that makes results, as Snakemake would do all of them for the release.

    It is asked for a plan, for that alone does not depend on what it remembers.
    """
    told = released.release.told
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(INSTALLATION / "Snakefile"), "--cores", "1"]
    command += ["--dry-run", "--forceall", "--config", f"version={told['version']}", f"as_of={told['as_of']}"]
    done = subprocess.run(command, cwd=released.project, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise ExportError(f"The workflow cannot be read:\n{done.stdout.strip()}\n{done.stderr.strip()}")
    for rule, details in JOB.findall(done.stdout + done.stderr):
        files = dict(FILES.findall(details))
        outputs = [file for file in _files(files.get("output", ""), known) if file in known]
        if outputs:
            yield rule, _files(files["input"], known), outputs


def _files(listed: str, known: Collection[str]) -> list[str]:
    """The files of a list; a name that has a comma itself is put together again."""
    files, parts = [], listed.split(", ")
    while parts:
        length = next((n for n in range(len(parts), 1, -1) if ", ".join(parts[:n]) in known), 1)
        files.append(", ".join(parts[:length]))
        parts = parts[length:]
    return files


def _record(project: Path, output: str) -> dict[str, Any] | None:
    """What Snakemake noted of an output; it splits the names of its own files where they are too long for a folder."""
    folder, name = project / RECORDS, urlsafe_b64encode(output.encode()).decode()
    if not folder.is_dir():
        return None
    longest = os.pathconf(folder, "PC_NAME_MAX") - 1
    *before, last = [name[start : start + longest] for start in range(0, len(name), longest)]
    path = folder.joinpath(*(f"@{part}" for part in before), last)
    return json.loads(path.read_bytes()) if path.is_file() else None


def _day_time(seconds: float) -> str:
    return datetime.fromtimestamp(round(seconds), UTC).isoformat().replace("+00:00", "Z")
