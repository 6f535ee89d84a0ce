"""Which jobs run after a change, beside those that had to, and whether the results are those of a full rebuild.

    python benchmarks/reruns.py [--write docs/reruns.md] [--quick] [case ...]

For each case a project that has run is copied, one thing is changed, and the review is run again. The same change is
made in a copy that has not run, and everything is made there. A job had to run where anything that its rule declares as
input differs in content between the project before the change and the full run after it, or is new, or where an output
is new: this asks the files, not the plan. Whether a job's outputs differ is told beside it. Eleven full runs take a
quarter of an hour; --quick takes the files after the second run for those of a rebuild, and says so.
"""

import argparse
import csv
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PARTS = ["Snakefile", "environment.yml", "config", "data", "profiles", "scripts", "src", "workflow"]
CODE = ("Snakefile", "scripts/", "src/", "workflow/")
DAY = "2026-11-22"
"""The newest day of the shipped evidence; what the cases add was entered on it, so that no other day is looked at."""
DAY_BEFORE = "2026-11-21"


@dataclass(frozen=True)
class Job:
    """A job as Snakemake prints it: the rule with its wildcards, and the files that the rule declares."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Project:
    root: Path

    def run(self, *arguments: str) -> list[Job]:
        """The jobs of one call of snakemake; a failure ends the program."""
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        active = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
        done = subprocess.run(command, cwd=self.root, env=active, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed\n{done.stdout}{done.stderr}")
        found = re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", done.stdout + done.stderr, re.MULTILINE)
        return [_job(rule, details) for rule, details in found if rule != "all"]

    def files(self) -> dict[str, str]:
        """The digest of every file that a job can read or write, by path."""
        paths = [path for part in (*PARTS, "results") for path in (self.root / part, *(self.root / part).rglob("*"))]
        return {
            path.relative_to(self.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths
            if path.is_file() and "__pycache__" not in path.parts
        }

    def copy(self, target: Path, evidence_only: bool = False) -> "Project":
        """A copy with its dates; of the evidence and the code alone, or with results and all that is remembered."""
        left_out = ["__pycache__", *(["results", "logs", ".snakemake", ".cache"] if evidence_only else [])]
        shutil.copytree(self.root, target, symlinks=True, ignore=shutil.ignore_patterns(*left_out))
        return Project(target)

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            sys.exit(f"{file}: {old!r} stands there {text.count(old)} times, and not once.")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def add(self, table: str, **cells: str | int) -> None:
        """Add a row to a table of the evidence."""
        path = self.root / "data" / table
        with path.open("r+", encoding="utf-8", newline="") as file:
            columns = next(csv.reader([file.readline()]))
            if unknown := set(cells) - set(columns):
                sys.exit(f"{table} has no columns {', '.join(sorted(unknown))}.")
            file.seek(0, os.SEEK_END)
            csv.DictWriter(file, columns, lineterminator="\n").writerow(cells)


def _job(rule: str, details: str) -> Job:
    told = dict(re.findall(r"^    (\w+): (.*)$", details, re.MULTILINE))
    values = re.findall(r"=([^,\s]+)", told.get("wildcards", ""))
    inputs, outputs = (tuple(told.get(key, "").split(", ")) if told.get(key) else () for key in ("input", "output"))
    return Job("/".join([rule, ".".join(values)]) if values else rule, inputs, outputs)


Case = Callable[[Project], None]


def nothing(project: Project) -> None:
    """nothing"""


def cosmetic(project: Project) -> None:
    """a comment in the configuration, rows in another order, and every date"""
    config = project.root / "config" / "config.yaml"
    config.write_text("# A comment.\n" + config.read_text(encoding="utf-8"), encoding="utf-8")
    for table in (project.root / "data").rglob("*.csv"):
        if table.parent.name != "imports":
            header, *rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
            table.write_text("".join([header, *reversed(rows)]), encoding="utf-8")
    for path in project.root.rglob("*"):
        if path.is_file() and path.relative_to(project.root).parts[0] in PARTS:
            os.utime(path)


def excluded_record(project: Project) -> None:
    """one new record, excluded by both reviewers"""
    imported = project.root / "data" / "imports" / f"{DAY}-synthetic.csv"
    imported.write_text("title,doi,date\nA synthetic review of mice,10.5555/synthetic.1,2026\n", encoding="utf-8")
    sidecar = {"database": "Synthetic", "platform": "none", "query": "synthetic", "date": DAY, "hits": 1}
    imported.with_suffix(".yaml").write_text(yaml.safe_dump(sidecar), encoding="utf-8")
    for reviewer in ("first", "second"):
        _decide(project, "doi:10.5555/synthetic.1", reviewer)


def decision(project: Project) -> None:
    """one new decision on a record that waits"""
    _decide(project, _screened(project, "exclude"), "second")


def _screened(project: Project, decision: str) -> str:
    """The first record on which the first reviewer decided so."""
    with (project.root / "data" / "screening" / "decisions.csv").open(encoding="utf-8", newline="") as file:
        return next(row["record_id"] for row in csv.DictReader(file) if row["decision"] == decision)


def _decide(
    project: Project, record: str, reviewer: str, decision: str = "exclude", stage: str = "title_abstract"
) -> None:
    told = {"reason": "not_primary"} if decision == "exclude" else {}
    who = {"record_id": record, "reviewer": reviewer, "stage": stage, "date": DAY}
    project.add("screening/decisions.csv", decision=decision, **who, **told)


def new_study(project: Project) -> None:
    """one new study, in one outcome and group"""
    study, report, arm = "synthetic", "synthetic-article", "synthetic-arm"
    eligible = {"adult": "yes", "prospective": "yes", "locator": "p 1"}
    project.add("studies.csv", study_id=study, label="Synthetic 2026", **eligible)
    _report(project, report, study)
    told = {"label": "after CAR-T", "regimen": "Glofitamab", "population": "synthetic", "n": 20, "locator": "p 1"}
    group = {"strategy": "monotherapy", "prior_cart": "yes"}
    project.add("extraction/arms.csv", arm_id=arm, study_id=study, report_id=report, **told, **group)
    _result(project, "synthetic-orr", arm_id=arm, outcome="orr", events=10, n=20, report=report)


def corrected_count(project: Project) -> None:
    """one count, corrected by a new row"""
    told = {"corrects": "brody2025-naive-cr", "reason": "synthetic correction"}
    _result(
        project,
        "synthetic-cr",
        arm_id="brody2025-naive",
        outcome="cr",
        events=51,
        n=74,
        report="brody2025-article",
        **told,
    )


def superseding_report(project: Project) -> None:
    """a later report of a study, with another count of one outcome"""
    _report(project, "synthetic-update", "chong2025")
    _result(project, "synthetic-cr", arm_id="chong2025-post", outcome="cr", events=7, n=27, report="synthetic-update")


def _report(project: Project, name: str, study: str) -> None:
    """A report that one of the records turned out to be, as two reviewers agree."""
    told = {"kind": "article", "published": "2026-11-01", "published_basis": "online", "citation": "Synthetic."}
    record = _screened(project, "maybe")
    for stage in ("title_abstract", "full_text"):
        for reviewer in ("first-pass", "second"):
            _decide(project, record, reviewer, "include", stage)
    project.add("reports.csv", report_id=name, study_id=study, record_id=record, locator="p 1", **told)


def _result(project: Project, name: str, report: str, **cells: str | int) -> None:
    fixed = {"timepoint": "best response", "population": "all", "assessor": "not_stated", "events_status": "reported"}
    told = {"locator": "p 1", "quote": "synthetic", "extractor": "synthetic", "role": "consensus", "date": DAY}
    project.add("extraction/outcomes.csv", row_id=name, report_id=report, **fixed, **told, **cells)


def retraction(project: Project) -> None:
    """a check of the reports that finds one retracted"""
    _ask_crossref(project, DAY, retracted="10.1182/bloodadvances.2024013640")


def _ask_crossref(project: Project, day: str, retracted: str = "") -> None:
    """Archive what a check of every report against Crossref would have been told: nothing, or of one a retraction."""
    folder = project.root / "data" / "search" / "crossref" / day
    folder.mkdir(parents=True)
    with (project.root / "data" / "reports.csv").open(encoding="utf-8", newline="") as file:
        reports = {row["doi"].lower(): [row["report_id"]] for row in csv.DictReader(file) if row["doi"]}
    answers, payloads = [], {}
    for number, doi in enumerate(sorted(reports), start=1):
        notice = {"DOI": "10.5555/notice", "type": "retraction", "updated": {"date-parts": [[2026, 11, 20]]}}
        said = {"message": {"DOI": doi, "updated-by": [notice] if doi == retracted else []}}
        data = gzip.compress(json.dumps(said).encode(), mtime=0)
        name = f"work-{number:04}.json.gz"
        (folder / name).write_bytes(data)
        payloads[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        answers.append({"doi": doi, "file": name, "path": f"works/{doi}", "parameters": {}})
    told = {
        "kind": "status",
        "source": "crossref",
        "date": day,
        "address": "https://api.crossref.org/",
        "query": "synthetic",
        "counts": {"reports": len(reports), "dois": len(reports), "in_crossref": len(reports)},
        "not_in_crossref": [],
        "without_doi": [],
        "reports": reports,
        "answers": answers,
        "software": {},
        "searched": {"from": f"{day}T00:00:00+00:00", "to": f"{day}T00:00:00+00:00"},
        "payloads": payloads,
    }
    (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")


def model(project: Project) -> None:
    """another estimator of tau2 in a model that is not at the head"""
    project.replace("config/config.yaml", "logit\n    tau2: REML\n", "logit\n    tau2: DL\n")


def figure_style(project: Project) -> None:
    """the style that all figures share"""
    project.replace(
        "src/perennial/figures/style.py", 'SOFT, FAINT = "#1a1a1a", "#5c5c5c"', 'SOFT, FAINT = "#1a1a1a", "#555555"'
    )


CASES: dict[str, Case] = {
    case.__name__.replace("_", " "): case
    for case in (
        nothing,
        cosmetic,
        excluded_record,
        decision,
        new_study,
        corrected_count,
        superseding_report,
        retraction,
        model,
        figure_style,
    )
}


@dataclass(frozen=True)
class Outcome:
    """What a case came to. Jobs by their names; `excess` has the inputs that were made again with the same bytes."""

    case: str
    jobs: int
    ran: frozenset[str]
    had_to: frozenset[str]
    outputs_differ: frozenset[str]
    excess: dict[str, list[str]]
    second_run: frozenset[str]
    as_rebuilt: bool | None
    """None where nothing was rebuilt."""

    @property
    def exact(self) -> bool:
        return self.ran == self.had_to and not self.second_run

    @property
    def compared(self) -> str:
        return {None: "not rebuilt", True: "as a full rebuild", False: "differ from a full rebuild"}[self.as_rebuilt]


def had_to_run(jobs: list[Job], before: dict[str, str], after: dict[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """The jobs of which an input differs, or an output; and those of which an output differs or is new."""

    def differ(files: Iterable[str]) -> bool:
        return any(before.get(file) != after[file] for file in files)

    outputs = frozenset(job.name for job in jobs if differ(job.outputs))
    return outputs | {job.name for job in jobs if differ(job.inputs)}, outputs


def try_case(name: str, base: Project, before: dict[str, str], folder: Path, rebuild: bool) -> Outcome:
    edited = base.copy(folder / "edited")
    CASES[name](edited)
    rebuilt = edited.copy(folder / "rebuilt", evidence_only=True) if rebuild else None
    ran, second = edited.run(), edited.run()
    after, as_rebuilt = edited.files(), None
    if rebuilt:
        rebuilt.run()
        as_rebuilt, after = rebuilt.files() == after, rebuilt.files()
    jobs = edited.run("--dry-run", "--forceall")
    had_to, outputs = had_to_run(jobs, before, after)
    made_again = {file for job in ran for file in job.outputs if before.get(file) == after[file]}
    excess = {job.name: sorted(made_again & set(job.inputs)) for job in ran if job.name not in had_to}
    started, again = (frozenset(job.name for job in each) for each in (ran, second))
    return Outcome(name, len(jobs), started, had_to, outputs, excess, again, as_rebuilt)


def document(outcomes: list[Outcome], before: dict[str, str]) -> str:
    head, rule = (
        "| change | jobs | had to run | ran | too many | too few | outputs differ | results |",
        "| --- " * 8 + "|",
    )
    lines = [INTRODUCTION.format(version=version(before)), head, rule]
    for each in outcomes:
        told = CASES[each.case].__doc__
        too_many, too_few = each.ran - each.had_to, each.had_to - each.ran
        numbers = (each.jobs, *map(len, (each.had_to, each.ran, too_many, too_few, each.outputs_differ)))
        cells = (f"{each.case}: {told}", *numbers, each.compared)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    exact = sum(each.exact for each in outcomes)
    lines += [
        "",
        f"In {exact} of {len(outcomes)} exactly the jobs ran that had to, and a second run had nothing to do.",
        "",
        "## The jobs that ran",
        "",
    ]
    lines += [f"- {each.case}: {by_rule(each.ran)}" for each in outcomes]
    if any(each.excess for each in outcomes):
        lines += ["", "## Too many", "", EXCESS, ""]
        lines += [
            f"- {each.case}: {job}, after {', '.join(files) or 'a job that ran too many'}"
            for each in outcomes
            for job, files in sorted(each.excess.items())
        ]
    return "\n".join(lines) + "\n"


INTRODUCTION = """\
# Which jobs run after a change

Made by `python benchmarks/reruns.py` of {version}; do not edit it.
The code is that of the Snakefile, `scripts/`, `src/` and `workflow/`.

The shipped review, to which a check of its reports was added, was run; then one thing was changed and it was run again.
What is added is synthetic. The same change was made in a copy that had never run, and everything was made there, but
where it says "not rebuilt". A job had to run where the content of anything that its rule declares as input differs
between the files of the first run and those of the full rebuild (without one, of the second run), or where one of its
outputs does. That is found from the files alone, without what the workflow knows about changes. A result that states
the digest of the card that it was made from differs whenever its card does.
"""

EXCESS = """\
Snakemake runs whatever lies behind a job that runs in the same call, also where that job made the same bytes as before.
The jobs below ran for that reason; what is named was made again and is the same."""


def version(files: dict[str, str]) -> str:
    """What made the table: versions, and a digest of all the code of the project tried."""
    code = [f"{path} {digest}" for path, digest in sorted(files.items()) if path.startswith(CODE)]
    short = hashlib.sha256("\n".join(code).encode()).hexdigest()[:12]
    (told,) = re.findall(
        r'^__version__ = "(.*)"$', (ROOT / "src" / "perennial" / "__init__.py").read_text(), re.MULTILINE
    )
    return f"Perennial {told} (code {short}) with Snakemake {metadata.version('snakemake')}"


def by_rule(jobs: Iterable[str]) -> str:
    counts = Counter(job.partition("/")[0] for job in jobs)
    return ", ".join(f"{rule} ({count})" if count > 1 else rule for rule, count in sorted(counts.items())) or "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*", help=f"one of {', '.join(CASES)}; without any, all of them")
    parser.add_argument("--write", type=Path, help="Markdown to write")
    parser.add_argument("--quick", action="store_true", help="judge by the files after the run; rebuild nothing")
    arguments = parser.parse_args()
    if unknown := set(arguments.case) - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        base = Project(folder / "base")
        base.root.mkdir()
        for part in PARTS:
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, base.root / part)
        _ask_crossref(base, DAY_BEFORE)
        base.run()
        before = base.files()
        outcomes = []
        for name in arguments.case or CASES:
            outcomes.append(try_case(name, base, before, folder / name, not arguments.quick))
            each = outcomes[-1]
            print(f"{name}: {len(each.ran)} ran, {len(each.had_to)} had to", flush=True)
            print(f"  too few {sorted(each.had_to - each.ran)}, too many {each.excess}", flush=True)
            print(f"  second run {sorted(each.second_run)}, as rebuilt {each.as_rebuilt}", flush=True)
            shutil.rmtree(folder / name)
            if arguments.write:
                arguments.write.write_text(document(outcomes, before), encoding="utf-8")


if __name__ == "__main__":
    main()
