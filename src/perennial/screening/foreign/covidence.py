"""Covidence: tables of reviewed records, whose decision is told by the name of the file.

Covidence gives no votes, only what its reviewers agreed on. Notes hold the exclusion reason, and what people wrote with
name, time and stage, over one line or several; reasons and notes have commas and semicolons in them:
Exclusion reason: Wrong study type (comment, letter, etc); A. Reviewer (2024-11-30 02:20:37)(Included): text;
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from perennial.screening.foreign.decision import DecisionReading, ForeignDecision, NotDecisions, joined, labelled
from perennial.screening.foreign.exports import Export, fields, read_exports, without
from perennial.screening.foreign.reviewers import CONSENSUS, roles_of
from perennial.screening.foreign.sidecar import DecisionSidecar

DECIDED = {
    "select": ("title_abstract", "include"),
    "irrelevant": ("title_abstract", "exclude"),
    "included": ("full_text", "include"),
    "excluded": ("full_text", "exclude"),
}
NAME = re.compile(rf"review(?:_\d+)?_({'|'.join(DECIDED)})_csv")
ENTRY = re.compile(
    r"(?:^|;\s*)(?:(?P<reason>Exclusion reason): |"
    r"(?P<name>[^;:]{1,100}?) \((?P<day>\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d\)\((?P<stage>[\w ]+)\): )"
)


@dataclass(frozen=True)
class Remark:
    name: str
    """Empty for what stands in the notes without a name."""
    when: str
    """The day, and Covidence's word for the stage."""
    text: str


def read_covidence(files: Mapping[str, bytes], sidecar: DecisionSidecar) -> DecisionReading:
    decided = {name: _decided(name, sidecar) for name in files}
    exports = list(read_exports(files))
    for export in exports:
        _check(export)
    told = [
        (decided[export.name], found, *_parts(" ".join(fields(found.record, "notes"))))
        for export in exports
        for found in export.found
    ]
    roles, numbered = roles_of(
        (remark.name for *_, remarks in told for remark in remarks if remark.name), sidecar.reviewers
    )
    decisions = []
    for (stage, decision), found, reasons, remarks in told:
        said = [f"{roles[each.name]} ({each.when}): {each.text}" if each.name else each.text for each in remarks]
        tags = tuple(tag for text in fields(found.record, "tags") for tag in re.split(r"\s*;\s*", text) if tag)
        note = joined(*said, labelled(tags))
        record = without(found.record, "notes", "tags")
        decisions.append(
            ForeignDecision(found.position, record, stage, CONSENSUS, decision, reasons, sidecar.date, note)
        )
    notes = [note for export in exports for note in export.notes]
    bare = sum(each.stage == "full_text" and each.decision == "exclude" and not each.reasons for each in decisions)
    if bare:
        notes.append(f"{bare} full texts are excluded without a reason: the table has no notes, or none of a reason")
    set_aside = [each for export in exports for each in export.set_aside]
    return DecisionReading("covidence", decisions, [], set_aside, [*notes, *numbered])


def _decided(name: str, sidecar: DecisionSidecar) -> tuple[str, str]:
    """The stage and the decision of a file. Raises NotDecisions where neither its name nor the sidecar tells them."""
    if sidecar.decision:
        return sidecar.stage, sidecar.decision
    found = NAME.search(name.lower())
    if not found:
        raise NotDecisions(
            f"{name}: the name does not tell the decision, as review_<number>_excluded_csv_<time>.csv does. "
            "Remedy: give the file the name that Covidence gave it, or write stage and decision into the sidecar."
        )
    stage, decision = DECIDED[found[1]]
    if sidecar.stage not in ("", stage):
        raise NotDecisions(
            f"{name}: by its name these are decisions of the stage {stage}, by the sidecar of {sidecar.stage}. "
            "Remedy: leave the stage out of the sidecar, or give the file that belongs to it."
        )
    return stage, decision


def _check(export: Export) -> None:
    """Raises NotDecisions for tables that are no export of reviewed records."""
    if any(fields(found.record, "reviewer name") for found in export.found):
        raise NotDecisions(
            f"{export.name}: this is an export of extracted data (it has a column Reviewer Name), not of decisions. "
            "Remedy: export the references of a stage as CSV (select, irrelevant, included or excluded)."
        )
    if export.found and not any(fields(found.record, "covidence #") for found in export.found):
        raise NotDecisions(
            f"{export.name}: this is no export of Covidence: it has no column Covidence #. Remedy: export the "
            "references of a stage as CSV, or give the file as a table with a decision column (tool: table)."
        )


def _parts(notes: str) -> tuple[tuple[str, ...], list[Remark]]:
    """The reasons, and what people wrote."""
    found = list(ENTRY.finditer(notes))
    starts = [match.start() for match in found] + [len(notes)]
    reasons, remarks = [], []
    if before := _text(notes[: starts[0]]):
        remarks.append(Remark("", "", before))
    for entry, end in zip(found, starts[1:], strict=True):
        text = _text(notes[entry.end() : end])
        if entry["reason"]:
            reasons.append(text)
        else:
            remarks.append(Remark(entry["name"].strip(), f"{entry['day']}, {entry['stage']}", text))
    return tuple(filter(None, reasons)), remarks


def _text(part: str) -> str:
    return part.strip().removesuffix(";").strip()
