"""What each result was made from, as its identity card says, against the evidence and protocol that lie there.

The cards are worked out anew, as a run would. One that says something else was altered itself (its recorded digest
tells), or what it rests on was, after the results were made.
"""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from perennial.csv_table import read_csv
from perennial.digests import content_sha256
from perennial.provenance.audit.code import other_modules
from perennial.provenance.audit.differences import AT_MOST, row_changes, value_differences
from perennial.provenance.audit.finding import ALTERED, UNCHECKED, Check
from perennial.provenance.audit.subject import State, Subject, read_json
from perennial.provenance.digests import DIGESTS
from perennial.tables import Row, load_schema
from perennial.workflow.cards import meanings
from perennial.workflow.review import Review, ReviewError, open_review

TRACE = "trace_values/review"
DECISIONS = "gather_decisions/review"
OF_THE_MACHINE = ("modules", "packages", "software")
"""Parts of a card that tell of the code and the packages; ``code`` looks at them."""

OTHER_VERSION = "The software that audits is not that which made them. Remedy: audit with that software"
EDITED = "it was edited after the results were made from it; if by you, run snakemake"


def check_cards(subject: Subject) -> Check:
    check = Check("inputs of the results", "Were the results made from the evidence and the protocol that lie there?")
    if not subject.states:
        check.add(UNCHECKED, "results", "there are no results")
    for state in subject.states:
        _check_state(subject, check, state)
    check.sound = f"{sum(len(state.cards) for state in subject.states)} identity cards"
    return check


def _check_state(subject: Subject, check: Check, state: State) -> None:
    try:
        review = _open(subject, state)
    except (ReviewError, OSError, yaml.YAMLError, AttributeError, KeyError) as error:
        said = subject.without_places(" ".join(str(error).split()))
        if other_modules(subject.software):
            check.add(
                UNCHECKED, f"{state.results}/identity", f"the review cannot be read here: {said}. {OTHER_VERSION}"
            )
        else:
            check.add(ALTERED, "config/config.yaml", f"the review cannot be read any more: {said}")
        return
    if review.refused:
        for problem in review.problems:
            if problem.stops:
                place = {"row": problem.row, "column": problem.column, "new": problem.value or None}
                check.add(ALTERED, problem.file, f"it cannot be right: {problem.message}", **place)
        if not check.findings:
            check.add(ALTERED, "data", f"it cannot be right: {review.refused[0]}")
        return
    stored = {name: told if isinstance(told := read_json(data), dict) else {} for name, data in state.cards.items()}
    flow = stored.get(TRACE, {}).get("flow", {})
    anew = {name: json.loads(json.dumps({"card": name, **told})) for name, told in meanings(review, flow)}
    recorded = _recorded(subject, state)
    stale = {}
    for name in sorted(anew.keys() | stored.keys()):
        file = f"{state.results}/identity/{name}.json"
        if name not in stored or name not in anew:
            check.add(ALTERED, file, "the card is gone" if name in anew else "no job has this card")
            continue
        was, now = _meaning(stored[name]), _meaning(anew[name])
        edited = name in recorded and content_sha256(state.cards[name]) not in recorded[name]
        if edited:
            found = value_differences(now, was)
            for each in found[:AT_MOST]:
                check.add(ALTERED, file, "the card was edited", **each.place)
            if not found:
                check.add(ALTERED, file, "the card was edited, in what it says of code or packages")
        elif was != now:
            stale[name] = was, now
    if stale and other_modules(subject.software):
        check.add(
            UNCHECKED, f"{state.results}/identity", f"{len(stale)} cards come out otherwise here. {OTHER_VERSION}"
        )
    else:
        _tell_stale(check, review, state, stale)


def _open(subject: Subject, state: State) -> Review:
    config = yaml.safe_load((subject.project / "config" / "config.yaml").read_text(encoding="utf-8"))
    if state.version is not None:
        config["version"] = state.version
    if state.as_of is not None:
        config["as_of"] = state.as_of
    return open_review(config, subject.project, subject.software / "workflow")


def _meaning(card: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in card.items() if key not in OF_THE_MACHINE}


def _recorded(subject: Subject, state: State) -> dict[str, set[str]]:
    """The digests that the results give of their cards, by card."""
    found: dict[str, set[str]] = {}
    path = subject.project / state.results / DIGESTS
    for row in read_csv(path) if path.is_file() else []:
        if row.get("card"):
            found.setdefault(row["card"], set()).add(row["card_sha256"])
    return found


def _tell_stale(check: Check, review: Review, state: State, stale: Mapping[str, tuple[dict, dict]]) -> None:
    """Name what was edited: by the card of the trace, which holds all evidence but decisions, and the protocol."""
    before = len(check.findings)
    was, now = stale.get(TRACE, ({}, {}))
    for each in value_differences(was.get("config", {}), now.get("config", {}))[:AT_MOST]:
        check.add(ALTERED, "config/config.yaml", EDITED, **each.place)
    for name, rows in was.get("evidence", {}).items():
        _tell_rows(check, review, name, rows, now["evidence"].get(name, []))
    _tell_places(check, was.get("imports", []), now.get("imports", []), "file", "")
    _tell_places(check, was.get("runs", []), now.get("runs", []), "folder", "/run.json")
    was, now = stale.get(DECISIONS, ({}, {}))
    _tell_rows(check, review, "decisions", was.get("decisions", []), now.get("decisions", []))
    for export in was.get("exports", []):
        after = next((each for each in now["exports"] if each["name"] == export["name"]), {"files": []})
        _tell_places(check, export["files"], after["files"], "file", "")
    if len(check.findings) == before:
        for name, (was, now) in stale.items():
            for each in value_differences(was, now)[:AT_MOST]:
                message = f"it no longer says what lies there. {EDITED.capitalize()}"
                check.add(ALTERED, f"{state.results}/identity/{name}.json", message, **each.place)


def _tell_rows(check: Check, review: Review, name: str, was: list[dict], now: list[dict]) -> None:
    tables = review.evidence.appraisals if name == "appraisals" else {name: getattr(review.evidence, name)}
    schema_name = "appraisal" if name == "appraisals" else name
    key = load_schema(review.workflow / "schemas" / f"{schema_name}.schema.yaml")["key"]
    lines = {
        (row.file, *(str(row.get(column, "")) for column in key)): row.line
        for table in tables.values()
        for row in table.rows
    }
    default = next(iter(tables.values())).file if tables else f"data/{name}"
    changes = row_changes(_as_rows(was, default), _as_rows(now, default), key)

    def line(row: Row) -> int | None:
        return lines.get((row.file, *(str(row.get(column, "")) for column in key)))

    for old, row in changes.rewritten:
        for column in sorted(old.keys() | row.keys()):
            if old.get(column) != row.get(column):
                values = {"old": str(old.get(column, "")), "new": str(row.get(column, ""))}
                check.add(ALTERED, row.file, EDITED, row=line(row), column=column, **values)
    for row in changes.gone:
        check.add(ALTERED, row.file, f"the row is gone: {EDITED}", old=", ".join(map(str, row.values())))
    for row in changes.added:
        message = f"the row was not there when the results were made: {EDITED}"
        check.add(ALTERED, row.file, message, row=line(row), new=", ".join(map(str, row.values())))


def _as_rows(rows: list[dict], default: str) -> list[Row]:
    made = []
    for told in rows:
        row = Row({key: value for key, value in told.items() if key not in ("file", "of", "accepted_in", "checklist")})
        row.file, row.line = told.get("file", default), 0
        if cell := told.get("accepted_in") or told.get("of"):
            row["file"] = cell
        made.append(row)
    return made


def _tell_places(check: Check, was: list[dict], now: list[dict], place: str, suffix: str) -> None:
    """Archived searches and files that were received, by their digests and sidecars."""
    old, new = _by_place(was, place), _by_place(now, place)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        if name not in old or name not in new:
            check.add(
                ALTERED, f"{name}{suffix}", "it is gone" if name in old else "it is new; if it is yours, run snakemake"
            )
            continue
        for each in value_differences(old[name], new[name]):
            of_sidecar = place == "file" and each.place["pointer"] != "/sha256"
            file = name.rpartition(".")[0] + ".yaml" if of_sidecar else f"{name}{suffix}"
            check.add(ALTERED, file, EDITED, **each.place)


def _by_place(rows: list[dict], column: str) -> dict[str, dict]:
    return {row[column]: row for row in rows}
