"""The identifiers of a record: its accession in a register, DOI, PMID, PMCID and trial numbers."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from perennial.records.identifiers import clean_doi, clean_pmcid, clean_pmid, trial_numbers
from perennial.records.imports.databases import (
    PMIDS,
    addressed,
    labelled_pmid,
    named_by,
    registers_of,
    slug,
    telling_accession,
)
from perennial.records.imports.pieces import Field
from perennial.records.imports.sheet import Sheet
from perennial.records.text import one_line

DOI_ITSELF = re.compile(r"\s*(doi\b\W*)?(https?://(dx\.)?doi\.org/)?10\.\d{4,9}/\S+(\s*\[doi\])?\s*", re.IGNORECASE)
OTHER_TRIALS = re.compile(
    r"\b(?:ISRCTN\d{8}|ACTRN\d{14}|DRKS\d{8}|ChiCTR[-\w]+|CTRI/\d{4}/\d{2,3}/\d{6}|jRCTs?\d{9,10}|UMIN\d{9}|"
    r"IRCT\w{10,}|NTR\d{2,5}|\d{4}-\d{6}-\d{2})\b"
)


@dataclass(frozen=True)
class Names:
    source: str
    accession: str
    doi: str
    pmid: str
    pmcid: str
    registry_ids: tuple[str, ...]


def names_of(sheet: Sheet, database: str, told: str) -> Names:
    """`database` is the one that the file is said to come from, `told` the one that the file tells itself."""
    declared = [*sheet.texts("database"), *([told] if told else [])]
    registers = registers_of(database, declared)
    doi, pmid = _doi(sheet), _pmid(sheet, registers)
    addresses = map(_pmcid_address, sheet.texts("url", "link"))
    pmcid = _first(sheet, clean_pmcid, "pmcid") or next(filter(None, addresses), "")
    trials = _trials(sheet)
    source, accession = _accession(sheet, registers)
    if not accession and registers[:1] == ["pmid"] and pmid:
        source, accession = "pmid", pmid
    if source == "pmid":
        accession = pmid = clean_pmid(accession)
    return Names(source or slug(database or next(iter(declared), "")), accession, doi, pmid, pmcid, trials)


def _first(sheet: Sheet, clean, *places: str) -> str:
    """The first identifier in the fields of the places, which count as used where they say the same."""
    cleaned = [(field, clean(one_line(field.text).rstrip(" .;,"))) for field in sheet.at(*places)]
    found = next((identifier for _, identifier in cleaned if identifier), "")
    sheet.used |= {field for field, identifier in cleaned if identifier and identifier == found}
    return found


def _accession(sheet: Sheet, registers: list[str]) -> tuple[str, str]:
    numbers = [(field, re.split(r"[;,\s]", one_line(field.text))[0]) for field in sheet.at("accession", "label")]
    for field, number in numbers:
        register, accession = telling_accession(number)
        if register:
            return _used(sheet, field, register, accession)
    for field in sheet.at("url", "link"):
        if field.place == "url" or "ovid" in field.text:
            register, accession = addressed(field.text)
            if register:
                sheet.used |= {each for each, number in numbers if number == accession}
                return register, accession
    for register in registers:
        for field, number in numbers:
            if named_by(register, number) and (field.place == "accession" or len(number) > 6):
                return _used(sheet, field, register, number)
    return "", ""


def _used(sheet: Sheet, field: Field, register: str, accession: str) -> tuple[str, str]:
    if one_line(field.text) == accession:
        sheet.used.add(field)
    return register, accession


def _doi(sheet: Sheet) -> str:
    named = _first(sheet, clean_doi, "doi") or _first(sheet, _doi_itself, "identifier")
    if named:
        return named
    lines = [line for field in sheet.at("url", "link", "type", "note") for line in field.text.split("\n")]
    return next(filter(None, map(_doi_itself, lines)), "")


def _doi_itself(text: str) -> str:
    return clean_doi(text) if DOI_ITSELF.fullmatch(unquote(text)) else ""


def _pmid(sheet: Sheet, registers: list[str]) -> str:
    unsaid = {PMIDS[register] for register in registers if register in PMIDS}
    lines = [line for field in sheet.at("accession", "label", "note", "url", "link") for line in field.text.split("\n")]
    return (
        _first(sheet, clean_pmid, "pmid")
        or next((clean_pmid(field.text) for field in sheet.at("note") if field.tag in unsaid), "")
        or next(filter(None, map(labelled_pmid, lines)), "")
    )


def _pmcid_address(text: str) -> str:
    return clean_pmcid(text) if re.search(r"/PMC\d", text) else ""


def _trials(sheet: Sheet) -> tuple[str, ...]:
    found: list[str] = []
    for field in sheet.at("registry"):
        numbers = [*trial_numbers(field.text), *OTHER_TRIALS.findall(field.text)]
        if len(numbers) >= len(re.split(r"[;,]", field.text)):
            sheet.used.add(field)
        found += numbers
    for field in sheet.at("accession", "label", "url", "link", "journal_or_abbreviation", "note", "article_number"):
        alone = re.fullmatch(r"\W*NCT\d{8}\W*", field.text, re.IGNORECASE)
        if alone or "clinicaltrials.gov" in field.text.lower():
            found += trial_numbers(field.text)
        if alone and field.place in ("note", "article_number"):
            sheet.used.add(field)
    return tuple(dict.fromkeys(found))
