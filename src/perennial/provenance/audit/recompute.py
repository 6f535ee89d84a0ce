"""The results, made again in a temporary copy of evidence and protocol, and compared."""

import csv
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from perennial.digests import content_sha256
from perennial.provenance.audit.finding import ALTERED, UNCHECKED, Check
from perennial.provenance.audit.subject import State, Subject
from perennial.provenance.digests import DIGESTS, PARTS

TOLERANCE = 1e-9
"""To which numbers agree on another machine, relative to the greater of the two and 1."""

NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
COMPARED = (".json", ".jsonl", ".csv", ".md")
"""Kinds of files whose numbers are compared one by one."""
OF_BYTES = (DIGESTS, PARTS, "provenance/trace.json")
"""Results that hold digests of others: elsewhere they cannot be the same."""


def check_recomputed(subject: Subject, cores: int) -> Check:
    check = Check("recomputing", "Does computing everything again give the same?")
    told = []
    for state in subject.states:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "review"
            for part in ("config", "data"):
                shutil.copytree(subject.project / part, copy / part)
            error = _run(subject, state, copy, cores)
            if error:
                check.add(ALTERED, state.results, f"it cannot be computed again: {subject.without_places(error)}")
            else:
                told.append(_compare(subject, check, state, copy))
    check.sound = "; ".join(told)
    return check


def _run(subject: Subject, state: State, copy: Path, cores: int) -> str:
    """Run the workflow on the copy; gives what it said last where it failed."""
    asked = {"as_of": state.as_of, "version": state.version}
    config = [f"{key}={value}" for key, value in asked.items() if value is not None]
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--directory", str(copy)]
    command += ["--snakefile", str(subject.software.resolve() / "Snakefile")]
    command += ["--config", *config] if config else []
    place = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}
    done = subprocess.run(command, cwd=copy, env=place, capture_output=True, text=True, check=False)
    said = " ".join(done.stderr.splitlines()[-5:]).replace(f"{copy}/", "")
    return said if done.returncode else ""


def _compare(subject: Subject, check: Check, state: State, copy: Path) -> str:
    base, again = (root / state.results for root in (subject.project, copy))
    old, new = (_files(folder) for folder in (base, again))
    for name in sorted(old.keys() ^ new.keys()):
        gone = name not in old
        message = (
            "computing it again gives this file, which does not lie there" if gone else "nothing computes this file"
        )
        check.add(ALTERED if gone else UNCHECKED, f"{state.results}/{name}", message)
    same, differing = [], []
    for name in sorted(old.keys() & new.keys()):
        (
            same if content_sha256(old[name].read_bytes()) == content_sha256(new[name].read_bytes()) else differing
        ).append(name)
    close, other = [], []
    for name in differing:
        if PurePosixPath(name).suffix in COMPARED and name not in OF_BYTES:
            place = _first_difference(name, old[name].read_bytes(), new[name].read_bytes())
            if place is None:
                close.append(name)
            else:
                check.add(ALTERED, f"{state.results}/{name}", "computing it again gives something else", **place)
        else:
            other.append(name)
    elsewhere = bool(close) or _other_packages(base, again)
    for name in other:
        if elsewhere:
            what = "its bytes differ, as they may with other packages or on another machine; they were not compared"
            check.add(UNCHECKED, f"{state.results}/{name}", what)
        elif name not in OF_BYTES:
            check.add(ALTERED, f"{state.results}/{name}", "computing it again gives other bytes")
        elif not any(finding.status == ALTERED for finding in check.findings):
            check.add(ALTERED, f"{state.results}/{name}", "computing it again gives other digests")
    mode = f"numbers, to {TOLERANCE:g}" if elsewhere else "bytes"
    return f"{state.results}/ by {mode}: {len(same)} files are the same, {len(close)} agree in their numbers"


def _files(folder: Path) -> dict[str, Path]:
    apart = ("as_of", "receipts", "identity")
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {
        path.relative_to(folder).as_posix(): path for path in found if path.relative_to(folder).parts[0] not in apart
    }


def _other_packages(base: Path, again: Path) -> bool:
    """Whether any card names other versions of packages than the one that was written now."""
    for path in sorted((again / "identity").glob("*/*.json")):
        other = base / path.relative_to(again)
        if other.is_file():
            told = [json.loads(each.read_bytes()) for each in (other, path)]
            if told[0].get("packages") != told[1].get("packages"):
                return True
    return False


def _first_difference(name: str, old: bytes, new: bytes) -> dict[str, Any] | None:
    """Where the two differ by more than the tolerance; digests of cards are no numbers, and are left out."""
    try:
        if name.endswith(".json"):
            return _values_differ(json.loads(old), json.loads(new), "")
        rows = [_rows(name, data) for data in (old, new)]
    except (ValueError, csv.Error):
        return {}
    if len(rows[0]) != len(rows[1]):
        return {"row": min(map(len, rows)) + 1}
    for number, (before, now) in enumerate(zip(*rows, strict=True), 1):
        for index, (was, is_now) in enumerate(zip(before, now, strict=False)):
            if not _texts_agree(was, is_now):
                table = name.endswith(".csv")
                place = {"row": number, "column": rows[0][0][index]} if table else {"line": number}
                return {**place, "old": is_now, "new": was}
    return None


def _rows(name: str, data: bytes) -> list[list[str]]:
    text = data.decode().replace("\r\n", "\n")
    if name.endswith(".csv"):
        return list(csv.reader(io.StringIO(text, newline="")))
    return [[line] for line in text.split("\n")]


def _values_differ(was: Any, again: Any, pointer: str) -> dict[str, Any] | None:
    if isinstance(was, dict) and isinstance(again, dict) and was.keys() == again.keys():
        pairs = ((key, was[key], again[key]) for key in was if not key.endswith("sha256"))
    elif isinstance(was, list) and isinstance(again, list) and len(was) == len(again):
        pairs = ((index, *pair) for index, pair in enumerate(zip(was, again, strict=True)))
    elif isinstance(was, int | float) and isinstance(again, int | float):
        return None if _close(was, again) else {"pointer": pointer, "old": str(again), "new": str(was)}
    elif isinstance(was, str) and isinstance(again, str):
        return None if _texts_agree(was, again) else {"pointer": pointer, "old": again, "new": was}
    else:
        return None if was == again else {"pointer": pointer}
    found = (_values_differ(one, other, f"{pointer}/{key}") for key, one, other in pairs)
    return next((each for each in found if each is not None), None)


def _texts_agree(was: str, again: str) -> bool:
    """The same words, and numbers that are close."""
    if was == again:
        return True
    if NUMBER.sub("0", was) != NUMBER.sub("0", again):
        return False
    return all(_close(float(a), float(b)) for a, b in zip(NUMBER.findall(was), NUMBER.findall(again), strict=True))


def _close(was: float, again: float) -> bool:
    return math.isclose(was, again, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
