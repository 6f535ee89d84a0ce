"""The entry: an export of any database and platform as records, what could not be read, and what had to be repaired."""

from collections.abc import Callable

from perennial.records.imports.bibtex import cut_bibtex
from perennial.records.imports.compose import compose
from perennial.records.imports.decoding import decode
from perennial.records.imports.endnote import cut_endnote_tagged, cut_endnote_xml
from perennial.records.imports.nbib import cut_nbib
from perennial.records.imports.pieces import Cut, Piece
from perennial.records.imports.ris import cut_ris
from perennial.records.imports.sniff import EXPORT_AGAIN, NotAnExport, binary_format, text_format
from perennial.records.imports.tables import cut_spreadsheet, cut_table
from perennial.records.imports.wos import cut_wos
from perennial.records.reading import Found, Reading, SetAside
from perennial.records.record import Record

LONGEST_FIELD = 1_000_000
"""Characters; a longer one is no text that anybody wrote."""

CUTTERS: dict[str, Callable[[str], Cut]] = {
    "ris": cut_ris,
    "nbib": cut_nbib,
    "wos_tagged": cut_wos,
    "endnote_tagged": cut_endnote_tagged,
    "endnote_xml": cut_endnote_xml,
    "bibtex": cut_bibtex,
    "csv": cut_table,
    "tsv": cut_table,
}


def read_export(data: bytes, name: str, database: str = "") -> Reading:
    """Read the export `data`, called `name` in messages, of `database` if that is known. Raises NotAnExport."""
    form = binary_format(data, name)
    if form:
        cut = _spreadsheet(data, name)
        notes = cut.notes
    else:
        text, notes = decode(data)
        form = text_format(text, name)
        cut = CUTTERS[form](text)
        notes = notes + cut.notes
    found, set_aside = [], []
    for position, piece in enumerate(cut.pieces, 1):
        record, fault = _record(piece, database)
        if record:
            found.append(Found(position, record))
        else:
            set_aside.append(SetAside(position, piece.line, fault, piece.text))
    numbers = tuple(piece.number for piece in cut.pieces if piece.number is not None)
    return Reading(form, found, set_aside, notes, numbers)


def _spreadsheet(data: bytes, name: str) -> Cut:
    try:
        return cut_spreadsheet(data)
    except Exception as error:  # openpyxl meets damage with whatever it comes upon first
        raise NotAnExport(name, f"is a spreadsheet that cannot be read ({error})", EXPORT_AGAIN) from error


def _record(piece: Piece, database: str) -> tuple[Record | None, str]:
    """The record, or why there is none."""
    if piece.fault:
        return None, piece.fault
    longest = max(piece.fields, key=lambda field: len(field.text))
    if len(longest.text) > LONGEST_FIELD:
        return None, f"the field {longest.tag} has {len(longest.text):,} characters"
    record = compose(piece.fields, database, piece.database)
    identifiers = record.accession, record.doi, record.pmid, record.pmcid, record.registry_ids
    if not (record.title or record.abstract or any(identifiers)):
        return None, "no title, abstract or identifier"
    return record, ""
