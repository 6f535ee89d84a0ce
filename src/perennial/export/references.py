"""The included and the excluded publications as BibTeX and RIS, each with its standing in a note."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from perennial.csv_table import read_csv
from perennial.export.citation import take_apart
from perennial.export.released import Released
from perennial.extraction.evidence import by_id
from perennial.extraction.selection import studies_included

LATEX = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


@dataclass(frozen=True)
class Reference:
    """One publication; what is not known is empty. `others` where the source leaves authors off."""

    key: str
    title: str
    note: str
    authors: tuple[str, ...] = ()
    """As "Family, Given"; a group as it signs."""
    others: bool = False
    journal: str = ""
    year: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""


def included(released: Released) -> list[Reference]:
    """Every report of the included studies that was known on the day of the release, by its id."""
    review, records = released.review, _records(released)
    studies = by_id(review.evidence.studies, "study_id")
    counted = set(studies_included(review.evidence, review.config, review.horizon))
    found = []
    for report in sorted(review.evidence.reports.rows, key=lambda row: row["report_id"]):
        if report["study_id"] in counted and review.horizon.sees(report):
            study = studies[report["study_id"]]
            registered = f", {study['registry_id']}" if "registry_id" in study else ""
            note = f"Included: {study['label']}{registered}"
            found.append(_report(report, records.get(report.get("record_id", "")), note))
    return found


def excluded(released: Released) -> list[Reference]:
    """Every publication in the table of exclusions, with the stage, the reason and whose decision it was."""
    records, found = _records(released), []
    for row in read_csv(released.project / released.results / "tables" / "exclusions.csv"):
        state = "Excluded" if row["state"] == "excluded" else "Exclusion not confirmed"
        stage = {"title_abstract": "title and abstract", "full_text": "full text"}[row["stage"]]
        reason = row["meaning"] or row["reason"] or "no reason given"
        note = f"{state} on {stage}: {reason} (decided by {row['by']})" + (f". {row['note']}" if row["note"] else "")
        found.append(_record(row["record_id"], records.get(row["record_id"], row), note))
    return found


def _records(released: Released) -> dict[str, Mapping[str, Any]]:
    lines = (released.project / released.results / "records" / "records.jsonl").read_bytes().splitlines()
    return {record["record_id"]: record for record in map(json.loads, lines)}


def _report(report: Mapping[str, str], record: Mapping[str, Any] | None, note: str) -> Reference:
    known = {"doi": report.get("doi", ""), "pmid": report.get("pmid", ""), "year": report["published"][:4]}
    if record:
        return _record(report["report_id"], {**record, **{key: value for key, value in known.items() if value}}, note)
    citation = take_apart(report.get("citation", ""))
    if citation is None:  # told whole, as it is printed
        return Reference(report["report_id"], report.get("citation", report["report_id"]), note, **known)
    parts = {key: value for key, value in vars(citation).items() if key not in ("title", "year")}
    return Reference(report["report_id"], citation.title, note, **parts, **known)


def _record(key: str, record: Mapping[str, Any], note: str) -> Reference:
    texts = {name: record.get(name, "") for name in ("journal", "volume", "issue", "pages", "doi", "pmid", "url")}
    authors = (*record.get("authors", ()), *record.get("collectives", ()))
    year = record.get("year") or record.get("published", "")[:4]
    return Reference(key, record.get("title", ""), note, authors=authors, year=year, **texts)


def to_bibtex(references: Iterable[Reference]) -> bytes:
    """UTF-8, for biber or any reference manager. Titles are in braces of their own, so that their capitals stay."""
    return "\n".join(map(_bibtex, references)).encode()


def _bibtex(reference: Reference) -> str:
    people = [
        _latex(name) if "," in name and " and " not in name else f"{{{_latex(name)}}}" for name in reference.authors
    ]
    fields = {
        "author": " and ".join([*people, *(["others"] if reference.others else [])]),
        "title": f"{{{_latex(reference.title)}}}" if reference.title else "",
        "journal": _latex(reference.journal),
        "year": reference.year,
        "volume": _latex(reference.volume),
        "number": _latex(reference.issue),
        "pages": _latex(re.sub(r"(?<=\w)-(?=\w)", "--", reference.pages)),
        "doi": _verbatim(reference.doi),
        "pmid": reference.pmid,
        "url": _verbatim(reference.url),
        "note": _latex(reference.note),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    key = re.sub(r"[^A-Za-z0-9:._+-]", "-", reference.key)
    return f"@{'article' if reference.journal else 'misc'}{{{key},\n{''.join(lines)}}}\n"


def _latex(text: str) -> str:
    return "".join(LATEX.get(character, character) for character in " ".join(text.split()))


def _verbatim(address: str) -> str:
    """What is printed as it stands; braces in an address are written as addresses can."""
    return address.replace("{", "%7B").replace("}", "%7D")


def to_ris(references: Iterable[Reference]) -> bytes:
    """UTF-8, the tags that reference managers agree on. RIS has no word for authors that were left off: a note has."""
    return "\n".join(map(_ris, references)).encode()


def _ris(reference: Reference) -> str:
    first, _, last = reference.pages.partition("-")
    tags = [
        ("TY", "JOUR" if reference.journal else "GEN"),
        ("ID", reference.key),
        *(("AU", name) for name in reference.authors),
        ("TI", reference.title),
        ("JO", reference.journal),
        ("PY", reference.year),
        ("VL", reference.volume),
        ("IS", reference.issue),
        ("SP", first),
        ("EP", last),
        ("DO", reference.doi),
        ("AN", reference.pmid),
        ("UR", reference.url),
        ("N1", reference.note),
        *((("N1", "More authors than are named here"),) if reference.others else ()),
    ]
    lines = [f"{tag}  - {' '.join(value.split())}\n" for tag, value in tags if value]
    return "".join(lines) + "ER  - \n"
