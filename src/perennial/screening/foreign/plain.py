"""Tables with a column for decisions, and plain RIS with a tag for them: the sidecar says which.

What a column is not named for describes the record, as in any export of records. A table that `ledger.to_table` wrote
gives back the very decisions it was written from.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from perennial.records.identifiers import REGISTERS
from perennial.records.imports.decoding import decode
from perennial.records.imports.read import NotAnExport, read_export
from perennial.records.imports.ris import cut_ris
from perennial.records.imports.sniff import binary_format
from perennial.records.reading import Found, SetAside
from perennial.records.record import Record
from perennial.records.text import one_line
from perennial.screening.foreign.decision import DecisionReading, ForeignDecision, NotDecisions, day_of, joined
from perennial.screening.foreign.exports import fields, without
from perennial.screening.foreign.reviewers import roles_of
from perennial.screening.foreign.rows import Rows, cells_of, rows_of_spreadsheet, rows_of_text
from perennial.screening.foreign.sidecar import DecisionSidecar
from perennial.screening.standing import STAGES

WORDS = {
    **dict.fromkeys(("include", "included", "yes", "y", "1", "1.0", "relevant"), "include"),
    **dict.fromkeys(("exclude", "excluded", "no", "n", "0", "0.0", "irrelevant"), "exclude"),
    **dict.fromkeys(("maybe", "unclear", "unsure", "?"), "maybe"),
    **dict.fromkeys(("withdrawn", "withdraw"), "withdrawn"),
}
RIS = re.compile(r"^\s{0,3}TY[ \t]+-", re.MULTILINE)
ROW = "row of the table"
NAMED = re.compile(rf"({'|'.join((*REGISTERS, 'digest'))}):(\S+)")
"""What this project calls a record."""


@dataclass(frozen=True)
class Line:
    """A row or a RIS record: what it says of the decision, and of the record."""

    position: int
    line: int
    text: str
    cells: dict[str, str]
    """By what the column is for."""
    record: Record | None = None
    fault: str = ""


def read_table(files: Mapping[str, bytes], sidecar: DecisionSidecar) -> DecisionReading:
    decisions, undecided, set_aside, notes = [], [], [], []
    before = 0
    for name in sorted(files):
        lines, noted = _lines(files[name], name, sidecar.columns)
        notes += [f"{name}: {note}" for note in noted]
        last = before
        for line in lines:
            try:
                made = _made(line, sidecar, before)
                (decisions if isinstance(made, ForeignDecision) else undecided).append(made)
                last = max(last, made.position)
            except ValueError as error:
                last = max(last, line.position + before)
                set_aside.append(SetAside(line.position + before, line.line, f"{name}: {error}", line.text))
        before = last
    roles, numbered = roles_of((each.reviewer for each in decisions), sidecar.reviewers)
    decisions = [replace(each, reviewer=roles[each.reviewer]) for each in decisions]
    return DecisionReading("table", decisions, undecided, set_aside, [*notes, *numbered])


def _lines(data: bytes, name: str, columns: Mapping[str, str]) -> tuple[list[Line], list[str]]:
    try:
        form = binary_format(data, name)
    except NotAnExport as error:
        raise NotDecisions(str(error)) from error
    column = columns["decision"]
    text, notes = ("", []) if form else decode(data)
    rows = _spreadsheet(data, name, column) if form else rows_of_text(text, column)
    if rows:
        return list(_of_rows(rows, name, columns)), notes + rows.notes
    if RIS.search(text):
        return _of_ris(data, text, name, columns)
    raise _lacking(name, [column])


def _spreadsheet(data: bytes, name: str, column: str) -> Rows | None:
    try:
        return rows_of_spreadsheet(data, column)
    except Exception as error:  # openpyxl meets damage with whatever it comes upon first
        remedy = "open it in a spreadsheet program and save it as .xlsx or as CSV UTF-8"
        raise NotDecisions(f"{name}: the spreadsheet cannot be read ({error}). Remedy: {remedy}.") from error


def _lacking(name: str, columns: Iterable[str]) -> NotDecisions:
    called = ", ".join(map(repr, columns))
    return NotDecisions(f"{name}: there is no column {called}. Remedy: call columns in the sidecar as the file does.")


def _of_rows(rows: Rows, name: str, columns: Mapping[str, str]) -> Iterator[Line]:
    if lacking := [column for column in columns.values() if column not in rows.header]:
        raise _lacking(name, lacking)
    read = [cells_of(row, len(rows.header)) for row in rows.body]
    places = {key: rows.header.index(column) for key, column in columns.items()}
    others = [place for place in range(len(rows.header)) if place not in places.values()]
    records = {} if "record" in places else _records([rows.header, *(cells for cells, _ in read)], others)
    for position, (row, (cells, fault)) in enumerate(zip(rows.body, read, strict=True), 1):
        told = {} if fault else {key: cells[place] for key, place in places.items()}
        yield Line(position, row.line, row.text, told, records.get(position), fault)


def _records(table: list[list[str]], columns: list[int]) -> dict[int, Record]:
    """The records that these columns describe, by the number of the row, read as any export is."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, cells in enumerate(table):
        if cells:
            writer.writerow([*(cells[column] for column in columns), number or ROW])
    try:
        found = read_export(text.getvalue().encode(), "table").found
    except NotAnExport:
        return {}
    return {int(*fields(each.record, ROW)): without(each.record, ROW) for each in found}


def _of_ris(data: bytes, text: str, name: str, columns: Mapping[str, str]) -> tuple[list[Line], list[str]]:
    reading, pieces = read_export(data, name), cut_ris(text).pieces
    tags = {key: tag.lower() for key, tag in columns.items()}
    if not any(fields(found.record, tags["decision"]) for found in reading.found):
        raise _lacking(name, [columns["decision"]])
    lines = [Line(each.position, each.line or 0, each.text, {}, fault=each.reason) for each in reading.set_aside]
    for found in reading.found:
        piece = pieces[found.position - 1]
        told = {key: "\n".join(fields(found.record, tag)) for key, tag in tags.items()}
        lines.append(Line(found.position, piece.line, piece.text, told, without(found.record, *tags.values())))
    return sorted(lines, key=lambda line: line.position), reading.notes


def _made(line: Line, sidecar: DecisionSidecar, before: int) -> ForeignDecision | Found:
    """Positions of the file go on after `before`. Raises ValueError for what cannot be understood."""
    if line.fault:
        raise ValueError(line.fault)
    cells = line.cells
    position = before + int(cells.get("position") or line.position)
    record = _record(line)
    decision, rest = _decision(cells["decision"])
    if not decision:
        return Found(position, record)
    stage = cells.get("stage", "").strip() or sidecar.stage
    if stage not in STAGES:
        raise ValueError(f"{stage!r} is none of the stages {', '.join(STAGES)}")
    given = one_line(cells.get("date", ""))
    day = day_of(given)
    note = joined(one_line(cells.get("note", "")), rest, f"date as given: {given}" if given and not day else "")
    reasons = tuple(filter(None, map(one_line, cells.get("reason", "").split("\n"))))
    return ForeignDecision(
        position, record, stage, one_line(cells.get("reviewer", "")), decision, reasons, day or sidecar.date, note
    )


def _decision(cell: str) -> tuple[str, str]:
    """The decision, and what else the cell says; several notes of RIS stand on a line each."""
    said = list(filter(None, map(one_line, cell.split("\n"))))
    decisions = {WORDS[word.lower()] for word in said if word.lower() in WORDS}
    if len(decisions) > 1 or (said and not decisions):
        raise ValueError(f"{' | '.join(said)!r} is no decision, such as include, exclude, maybe, yes, no, 1, 0")
    return (decisions.pop() if decisions else ""), joined(*(word for word in said if word.lower() not in WORDS))


def _record(line: Line) -> Record:
    """As a former export of ours holds it, else by what the table says of it; its name here is `record_id`."""
    if whole := line.cells.get("record"):
        try:
            return Record.from_dict(json.loads(whole))
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"the record is not as it was exported ({error})") from error
    name = one_line(line.cells.get("record_id", ""))
    if not (line.record or name):
        raise ValueError("no title, abstract or identifier")
    record = line.record or Record(source="unknown")
    if named := NAMED.fullmatch(name):
        source, accession = named.groups()
        return replace(record, source=source, accession=accession, pmid=accession if source == "pmid" else record.pmid)
    return replace(record, extra=(*record.extra, ("record_id", name))) if name else record
