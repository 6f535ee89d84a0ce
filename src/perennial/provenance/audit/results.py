"""The results, by the digests recorded when they were made, and by those of the release where they are the released."""

import csv
from collections.abc import Mapping
from pathlib import Path

from perennial.csv_table import read_csv
from perennial.digests import content_sha256, file_sha256
from perennial.provenance.audit.differences import AT_MOST, file_differences
from perennial.provenance.audit.finding import ALTERED, CHANGED, UNCHECKED, Check
from perennial.provenance.audit.subject import Manifest, State, Subject, read_json
from perennial.provenance.digests import COLUMNS, DIGESTS, PARTS, made_files, without_last_row
from perennial.provenance.flow import Flow
from perennial.provenance.parts import places

APART = ("identity/", "receipts/", "as_of/")
"""Folders of the results whose files have other checks."""


def check_results(subject: Subject) -> Check:
    check = Check("results", "Are the results those that were computed?")
    if not subject.states:
        check.add(UNCHECKED, "results", "there are no results. Remedy: run snakemake")
    told = []
    for state in subject.states:
        number = _check_state(subject, check, state)
        told.append(f"{number} in {state.results}/, {_against_release(subject, check, state)}")
    check.sound = "; ".join(told)
    return check


def _check_state(subject: Subject, check: Check, state: State) -> int:
    file = f"{state.results}/{DIGESTS}"
    path = subject.project / file
    try:
        rows = read_csv(path)
    except (OSError, ValueError, csv.Error):
        rows = []
    if not rows or set(rows[0]) != set(COLUMNS):
        check.add(ALTERED, file, "the digests of the results are gone or cannot be read. Remedy: run snakemake")
        return 0
    parts = _parts(subject.project / state.results / PARTS)
    holders = {row["sha256"]: row["path"] for row in rows}
    damaged = {each.row: each for each in places(file, without_last_row(path.read_bytes()), parts.get(file))}
    for place in damaged.values():
        check.add(ALTERED, file, "it is not what was recorded", row=place.row, column=", ".join(place.columns))
    for number, row in enumerate(rows, 2):
        if number in damaged:
            continue
        result = subject.project / row["path"]
        if not result.is_file():
            check.add(ALTERED, row["path"], "the result is gone")
            continue
        data = result.read_bytes()
        digest = content_sha256(data)
        if digest != row["sha256"]:
            if row["path"] == f"{state.results}/{PARTS}":
                check.add(ALTERED, file, f"this is not the digest of {row['path']}", row=number, column="sha256")
            _tell_where(subject, check, state, row["path"], data, row["sha256"], parts, holders.get(digest))
        else:
            _check_card(check, state, row, data)
    _check_listed(subject, check, state, {row["path"] for row in rows})
    return len(rows)


def _tell_where(
    subject: Subject,
    check: Check,
    state: State,
    file: str,
    data: bytes,
    digest: str,
    parts: Mapping[str, dict[str, str]],
    holder: str | None,
) -> None:
    """By a copy in a release, else by the digests of its parts."""
    message = "it is not what was computed"
    for release in subject.releases:
        copy = release.folder / Path(file).name
        if copy.is_file() and file_sha256(copy) == digest:
            for each in file_differences(file, copy.read_bytes(), data)[:AT_MOST]:
                check.add(ALTERED, file, f"{message}: {each.message}", **each.place)
            return
    found = places(file, data, parts.get(file))
    for each in found[:AT_MOST]:
        column = ", ".join(each.columns)
        place = {"row": each.row, "column": column, "pointer": each.pointer, "line": each.line, "new": each.now or None}
        check.add(ALTERED, file, message, **place)
    if not found:
        check.add(
            ALTERED, file, message + (f"; it is {holder}" if holder else ""), old=digest, new=content_sha256(data)
        )
    if len(found) > AT_MOST:
        check.add(ALTERED, file, f"{len(found) - AT_MOST} more places differ")


def _check_card(check: Check, state: State, row: Mapping[str, str], data: bytes) -> None:
    """A result names its card by digest, and so does the row of its digest. A card that is gone is told elsewhere."""
    card = state.cards.get(row["card"])
    if card is None:
        return
    told = read_json(data) if row["path"].endswith(".json") else None
    named = told.get("card_sha256") if isinstance(told, dict) else None
    if content_sha256(card) != row["card_sha256"]:
        card_file = f"{state.results}/identity/{row['card']}.json"
        check.add(ALTERED, card_file, f"it is not the card that {row['path']} was made from")
    elif named not in (None, row["card_sha256"]):
        check.add(ALTERED, row["path"], "it names another card than it was made from", pointer="/card_sha256")


def _check_listed(subject: Subject, check: Check, state: State, listed: set[str]) -> None:
    """Files that no row tells of: results whose row was taken away, and files that nobody made."""
    flow = read_json(state.cards.get("record_digests/review", b""))
    rules = flow.get("flow", {}) if isinstance(flow, dict) else {}
    for file in made_files(subject.project, Flow(rules, state.results)):
        if file not in listed:
            check.add(ALTERED, f"{state.results}/{DIGESTS}", f"the row of {file} is gone")
            listed.add(file)
    for file in sorted(_files(subject, state) - listed - {f"{state.results}/{DIGESTS}"}):
        check.add(UNCHECKED, file, "no job of this review made this file")


def _files(subject: Subject, state: State) -> set[str]:
    base = subject.project / state.results
    apart = tuple(f"{state.results}/{folder}" for folder in APART)
    found = (path for path in base.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {name for path in found if not (name := subject.name(path)).startswith(apart)}


def _parts(path: Path) -> Mapping[str, dict[str, str]]:
    told = read_json(path.read_bytes()) if path.is_file() else None
    return told.get("parts", {}) if isinstance(told, dict) else {}


def _is_released(state: State, release: Manifest | None) -> bool:
    """Whether these are the results of the release, not those of a later run."""
    return release is not None and state.version == release.version


def _released_digests(subject: Subject, state: State) -> dict[str, str]:
    if not _is_released(state, subject.last):
        return {}
    return {f"{state.results}/{name}": digest for name, digest in subject.last.digests("results").items()}


def _against_release(subject: Subject, check: Check, state: State) -> str:
    release = subject.last
    if release is None:
        check.add(UNCHECKED, f"{state.results}/{DIGESTS}", "no release anchors these digests")
        return "no release"
    if not _is_released(state, release):
        message = (
            f"these are results of a run after {release.version}, which does not anchor them: who rewrites results and "
            "digests alike is caught by --recompute only"
        )
        check.add(CHANGED, f"{state.results}/{DIGESTS}", message)
        return f"made after {release.version}"
    told = _released_digests(subject, state)
    for file, digest in sorted(told.items()):
        path = subject.project / file
        if not path.is_file() or file_sha256(path) != digest:
            if any(finding.file == file for finding in check.findings):
                continue
            there = "is gone" if not path.is_file() else "is another"
            check.add(ALTERED, file, f"{release.version} was released with this file; what lies there {there}")
    return f"released as {release.version}"
