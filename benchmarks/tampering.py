"""Whether the audit finds and names every alteration, and raises no alarm without one.

    PYTHONPATH=src python benchmarks/tampering.py [CHANGES] [--seed NUMBER] [--keep FOLDER]

Makes a finished review in a temporary folder: the shipped one, with two more searches, of local servers with synthetic
records, released as v1; and the same after one more run. Then changes one thing at a time, at random, runs
`perennial audit` on the copy, and looks whether a finding names the file and, in a table, the row and the column; a
place in a document or a line of a text where the kind of change says so. At last it audits copies in which nothing was
changed: a plain one, one without .snakemake/, clones by git with other line ends. Ends with 1 where anything was missed
or an alarm was false. With --keep the reviews are made once and used again.
"""

import argparse
import csv
import importlib.util
import io
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PARTS = ["Snakefile", "environment.yml", "config", "data", "profiles", "scripts", "src", "workflow"]
WORKERS = 2
GIT = ["git", "-c", "user.name=audit", "-c", "user.email=audit@example.org", "-c", "commit.gpgsign=false"]


@dataclass(frozen=True)
class Change:
    """What was changed, and what a finding has to say: its file, and the other fields that must be as told. A `True`
    asks that the field says something."""

    kind: str
    file: str
    place: dict[str, Any]
    said: str
    other: str = ""
    """A second file that was changed."""

    def named_by(self, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The findings that name it; none where one of two files is not named."""
        named = [
            each
            for each in findings
            if each["file"] == self.file and all(_fits(each.get(key), value) for key, value in self.place.items())
        ]
        return named if not self.other or any(each["file"] == self.other for each in findings) else []


def _fits(found: Any, asked: Any) -> bool:
    if asked is True:
        return found not in (None, "")
    return asked in found.split(", ") if isinstance(found, str) else found == asked


Kind = Callable[[Path, random.Random], Change]


def table_cell(kind: str, files: Callable[[Path], list[Path]]) -> Kind:
    """A digit of a table becomes another one."""

    def change(root: Path, chance: random.Random) -> Change:
        while True:
            path = chance.choice(files(root))
            old = path.read_text(encoding="utf-8")
            new = other_digit(old, chance)
            cells = changed_cells(old, new) if new else []
            if len(cells) == 1 and cells[0][0] > 1:
                path.write_text(new, encoding="utf-8")
                (row, column), name = cells[0], path.relative_to(root).as_posix()
                return Change(kind, name, {"row": row, "column": column}, f"{name}, row {row}, column {column}")

    return change


def other_digit(text: str, chance: random.Random) -> str:
    """The text with one digit another; empty where it has none."""
    places = [found.start() for found in re.finditer(r"\d", text)]
    if not places:
        return ""
    place = chance.choice(places)
    digit = chance.choice([each for each in "0123456789" if each != text[place]])
    return text[:place] + digit + text[place + 1 :]


def changed_cells(old: str, new: str) -> list[tuple[int, str]]:
    before, now = (list(csv.reader(io.StringIO(text, newline=""))) for text in (old, new))
    header = before[0]
    return [
        (number, header[index])
        for number, (one, other) in enumerate(zip(before, now, strict=True), 1)
        for index in range(len(one))
        if one[index] != other[index]
    ]


def digit(kind: str, files: Callable[[Path], list[Path]], **place: Any) -> Kind:
    """A digit of a document or a text becomes another one."""

    def change(root: Path, chance: random.Random) -> Change:
        while True:
            path = chance.choice(files(root))
            text = path.read_text(encoding="utf-8")
            if new := other_digit(text, chance):
                path.write_text(new, encoding="utf-8")
                name = path.relative_to(root).as_posix()
                return Change(kind, name, place, name)

    return change


def byte(kind: str, files: Callable[[Path], list[Path]]) -> Kind:
    def change(root: Path, chance: random.Random) -> Change:
        path = chance.choice(files(root))
        data = bytearray(path.read_bytes())
        place = chance.randrange(len(data))
        data[place] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        name = path.relative_to(root).as_posix()
        return Change(kind, name, {}, f"{name}, byte {place}")

    return change


def row_removed(kind: str, file: str) -> Kind:
    def change(root: Path, chance: random.Random) -> Change:
        path = root / file
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        number = chance.randrange(1, len(rows))
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows[:number] + rows[number + 1 :])
        path.write_text(text.getvalue(), encoding="utf-8")
        return Change(kind, file, {"row": number + 1}, f"{file}, row {number + 1}")

    return change


def figures_swapped(root: Path, chance: random.Random) -> Change:
    ending = chance.choice(["svg", "png", "pdf"])
    figures = sorted((root / "results").rglob(f"*.{ending}"))
    first = second = b""
    while first == second:
        one, other = chance.sample(figures, 2)
        first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    names = [path.relative_to(root).as_posix() for path in (one, other)]
    return Change("two figures exchanged", names[0], {}, " and ".join(names), names[1])


def file_removed(kind: str, files: Callable[[Path], list[Path]]) -> Kind:
    def change(root: Path, chance: random.Random) -> Change:
        path = chance.choice(files(root))
        path.unlink()
        name = path.relative_to(root).as_posix()
        return Change(kind, name, {}, name)

    return change


def below(*patterns: str, without: str = "") -> Callable[[Path], list[Path]]:
    def files(root: Path) -> list[Path]:
        found = sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()})
        return [path for path in found if not without or without not in path.relative_to(root).as_posix()]

    return files


RELEASE = "data/releases/v1"
KINDS: dict[str, Kind] = {
    "a digit in a table of the evidence": table_cell(
        "a digit in a table of the evidence",
        below("data/*.csv", "data/extraction/*.csv", "data/screening/*.csv", "data/published/*.csv"),
    ),
    "a digit in a table of results": table_cell(
        "a digit in a table of results", below("results/**/*.csv", without="provenance/digests")
    ),
    "a digit in the digests": table_cell("a digit in the digests", below("results/provenance/digests.csv")),
    "a digit in summary.json": digit("a digit in summary.json", below("results/summary.json"), pointer=True),
    "a digit in a JSON result": digit("a digit in a JSON result", below("results/analyses/**/*.json"), pointer=True),
    "a digit in the page": digit("a digit in the page", below("results/report/index.html"), line=True),
    "a digit in the manuscript": digit("a digit in the manuscript", below("results/report/*.md"), line=True),
    "a digit in the trace": digit("a digit in the trace", below("results/provenance/trace.json"), pointer=True),
    "a digit in a card": digit("a digit in a card", below("results/identity/*/*.json", without="make_release")),
    "a digit in the protocol": digit("a digit in the protocol", below("config/config.yaml")),
    "a digit in a module": digit("a digit in a module", below("src/perennial/**/*.py")),
    "a digit in a program": digit("a digit in a program", below("scripts/*.py")),
    "a digit in a rule or a template": digit(
        "a digit in a rule or a template", below("Snakefile", "workflow/rules/*", "workflow/report/*")
    ),
    "a byte in an archived answer": byte("a byte in an archived answer", below("data/search/*/*/*.gz")),
    "a digit in an archived run": digit("a digit in an archived run", below("data/search/*/*/run.json")),
    "a byte in an import": byte("a byte in an import", below("data/imports/*.csv")),
    "a digit in a sidecar": digit("a digit in a sidecar", below("data/imports/*.yaml")),
    "a decision removed": row_removed("a decision removed", "data/screening/decisions.csv"),
    "an extraction removed": row_removed("an extraction removed", "data/extraction/outcomes.csv"),
    "two figures exchanged": figures_swapped,
    "a byte in a figure": byte("a byte in a figure", below("results/**/*.png", "results/**/*.svg", "results/**/*.pdf")),
    "a result removed": file_removed("a result removed", below("results/analyses/**/*", "results/tables/*")),
    "a digit in a release's numbers": digit("a digit in a release's numbers", below(f"{RELEASE}/summary.json")),
    "a digit in a release's manifest": digit("a digit in a release's manifest", below(f"{RELEASE}/release.json")),
    "a digit in a release's evidence": table_cell(
        "a digit in a release's evidence", below(f"{RELEASE}/evidence/data/**/*.csv")
    ),
    "a file of a release removed": file_removed(
        "a file of a release removed", below(f"{RELEASE}/evidence/data/**/*.csv", f"{RELEASE}/summary.json")
    ),
}


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"servers_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def snakemake(folder: Path, *arguments: str) -> None:
    active = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    done = subprocess.run(command, cwd=folder, env=active, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])


def make_reviews(folder: Path) -> dict[str, Path]:
    """The review as it was released, and after a run that followed."""
    released, later = folder / "as released", folder / "after another run"
    if not later.is_dir():
        released.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            ignored = shutil.ignore_patterns("__pycache__")
            source = ROOT / part
            shutil.copytree(source, released / part, ignore=ignored) if source.is_dir() else shutil.copy2(
                source, released / part
            )
        search(released)
        snakemake(released, "release", "--config", "version=v1")
        shutil.copytree(released, later)
        snakemake(later)
    return {path.name: path for path in (released, later)}


def search(folder: Path) -> None:
    """Search two local servers that hold synthetic records; the protocol is then as it was."""
    servers = ROOT / "tests" / "servers"
    client, made = loaded(servers / "client.py"), loaded(servers / "literature.py")
    path = folder / "config" / "config.yaml"
    protocol = path.read_bytes()
    with ExitStack() as stack:
        trials = stack.enter_context(client.start("clinicaltrials", records=[made.trial(n) for n in range(1, 4)]))
        preprints = stack.enter_context(client.start("europepmc", records=[made.preprint(n) for n in range(1, 3)]))
        config = yaml.safe_load(protocol)
        config["search"] = {
            "email": "someone@example.org",
            "sources": ["clinicaltrials", "europepmc"],
            "clinicaltrials": {"condition": "Synthetic Disease", "intervention": "syntheticamab"},
            "europepmc": {"query": "synthetic disease", "from": "2019-01-01"},
            "addresses": {
                "clinicaltrials": f"{trials.address}api/v2/",
                "europepmc": f"{preprints.address}europepmc/webservices/rest/",
            },
        }
        path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")
        snakemake(folder, "search")
    path.write_bytes(protocol)


def audited(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "perennial", "audit", "--json", "--directory", str(folder)]
    place = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=place, capture_output=True, text=True, check=False)
    if not done.stdout:
        sys.exit(done.stderr)
    return {"code": done.returncode, **json.loads(done.stdout)}


def findings(told: dict[str, Any], *status: str) -> Iterator[dict[str, Any]]:
    for check in told["checks"]:
        yield from (finding for finding in check["findings"] if finding["status"] in status)


def alarms(told: dict[str, Any]) -> list[dict[str, Any]]:
    """What an audit of an untouched copy must not find. That a later run is not the released one is no alarm."""
    return [
        each
        for each in findings(told, "altered", "changed since the release")
        if "results of a run after" not in each["message"]
    ]


def try_change(work: Path, kind: str, seed: str) -> tuple[Change, str, float]:
    """Change one thing in `work`, a copy of a review; how it was found; the copy is then as it was."""
    before = {path: path.read_bytes() for path in touched(work)}
    change = KINDS[kind](work, random.Random(seed))
    start = time.perf_counter()
    told = audited(work)
    seconds = time.perf_counter() - start
    for path, data in before.items():
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
    named = change.named_by(alarms(told))
    if not named:
        return change, "MISSED", seconds
    return change, "altered" if any(each["status"] == "altered" for each in named) else "changed", seconds


def touched(work: Path) -> list[Path]:
    parts = ("config", "data", "results", "scripts", "src", "workflow", "Snakefile")
    inside = (
        path for part in parts for path in ([work / part] if (work / part).is_file() else (work / part).rglob("*"))
    )
    return [path for path in inside if path.is_file() and "__pycache__" not in path.parts]


def untouched(review: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Copies in which nothing was changed."""
    own = (ROOT / ".gitattributes").read_text()
    yield "a plain copy", Path(shutil.copytree(review, folder / "plain"))
    yield (
        "without .snakemake/",
        Path(shutil.copytree(review, folder / "bare", ignore=shutil.ignore_patterns(".snakemake", "logs", ".cache"))),
    )
    for name, attributes, settings in (
        ("git clone, core.autocrlf=true, no .gitattributes", None, ["core.autocrlf=true"]),
        ("git clone, core.eol=crlf, * text=auto", "* text=auto\n", ["core.eol=crlf"]),
        ("git clone, * text=auto eol=crlf", "* text=auto eol=crlf\n", []),
        ("git clone, the project's .gitattributes, core.autocrlf=true", own, ["core.autocrlf=true"]),
    ):  # fmt: skip
        origin = folder / f"{name}, origin"
        shutil.copytree(review, origin, ignore=shutil.ignore_patterns(".snakemake", "logs", ".cache", "__pycache__"))
        if attributes is not None:
            (origin / ".gitattributes").write_text(attributes)
        for command in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "a finished review"]):
            subprocess.run([*GIT, "-c", "core.safecrlf=false", *command], cwd=origin, check=True, capture_output=True)
        options = [option for setting in settings for option in ("-c", setting)]
        subprocess.run(["git", "clone", "-q", *options, str(origin), str(folder / name)], check=True)
        yield name, folder / name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("changes", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the reviews, kept and used again")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        reviews = make_reviews((chosen.keep or folder / "reviews").resolve())
        kinds = list(KINDS)
        plan = [
            (list(reviews)[number // len(kinds) % 2], kinds[number % len(kinds)], f"{chosen.seed}.{number}")
            for number in range(chosen.changes)
        ]

        def share(worker: int) -> list[tuple[str, Change, str, float]]:
            found = []
            copies = {name: Path(shutil.copytree(path, folder / str(worker) / name)) for name, path in reviews.items()}
            for name, kind, seed in plan[worker::WORKERS]:
                found.append((name, *try_change(copies[name], kind, seed)))
                print(f"{name}, {seed}: {found[-1][1].said}: {found[-1][2]}", file=sys.stderr, flush=True)
            return found

        with ThreadPoolExecutor(WORKERS) as pool:
            found = [each for shares in pool.map(share, range(WORKERS)) for each in shares]
        missed = tell(found)
        false = 0
        for name, review in reviews.items():
            for what, copy in untouched(review, folder / f"untouched {name}"):
                told = alarms(audited(copy))
                false += bool(told)
                print(f"untouched, {name}: {what}: {len(told)} alarms")
                for each in told[:5]:
                    print(f"    {each}")
    sys.exit(1 if missed or false else 0)


def tell(found: list[tuple[str, Change, str, float]]) -> int:
    by_kind: dict[str, Counter] = {}
    for _, change, how, _ in found:
        by_kind.setdefault(change.kind, Counter())[how] += 1
    print(f"{'one change':40} tried  altered  changed since v1  missed")
    for kind, counts in by_kind.items():
        print(f"{kind:40} {counts.total():5}  {counts['altered']:7}  {counts['changed']:16}  {counts['MISSED']:6}")
    missed = [(name, change) for name, change, how, _ in found if how == "MISSED"]
    median = statistics.median(each[3] for each in found)
    print(f"{len(found) - len(missed)} of {len(found)} found and named; an audit took {median:.1f} s (median)")
    for name, change in missed:
        print(f"MISSED {name}: {change.kind}: {change.said}, {change.place}")
    return len(missed)


if __name__ == "__main__":
    main()
