"""Which format an export has, told from its text: the name of a file says little."""

import io
import json
import re
import zipfile

from perennial.records.imports.endnote import BEGINNING
from perennial.records.imports.tables import header_of
from perennial.records.text import one_line


class NotAnExport(ValueError):
    """The message says what the file seems to be, and what to do."""

    def __init__(self, name: str, seems: str, remedy: str) -> None:
        super().__init__(f"{name}: this is no export that can be read: it {seems}. Remedy: {remedy}.")


SIGNS = {
    "ris": re.compile(r"^\s{0,3}(?:TY|ER)[ \t]+-", re.MULTILINE | re.IGNORECASE),
    "nbib": re.compile(r"^(?:PMID|PMC |OWN |STAT) ?- ?\S", re.MULTILINE),
    "wos_tagged": re.compile(r"^(?:FN \S.*\n+VR |PT [JBSP]\s*\n[A-Z][A-Z0-9] )", re.MULTILINE),
    "endnote_tagged": re.compile(r"^%[0AT] \S", re.MULTILINE),
    "bibtex": re.compile(r"^\s*@\s*\w+\s*[{(]", re.MULTILINE),
}
"""What the first line of a record looks like."""
EXPORT_AGAIN = "export the search again, as RIS or CSV with all fields"


def binary_format(data: bytes, name: str) -> str:
    """xlsx; empty for a text. Raises NotAnExport for other files that are no text."""
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if "xl/workbook.xml" in archive.namelist():
                    return "xlsx"
        except zipfile.BadZipFile as error:
            raise NotAnExport(name, "is a damaged spreadsheet or archive", "download or copy it again") from error
        raise NotAnExport(name, "is an archive", "unpack it and give the files in it")
    for sign, seems, remedy in (
        (b"\xd0\xcf\x11\xe0", "is an old spreadsheet (.xls)", "save it as .xlsx or as CSV UTF-8"),
        (b"%PDF", "is a PDF", EXPORT_AGAIN),
        (b"\x1f\x8b", "is compressed (gzip)", "unpack it"),
        (b"SQLite format 3", "is a database", EXPORT_AGAIN),
    ):
        if data.startswith(sign):
            raise NotAnExport(name, seems, remedy)
    return ""


def text_format(text: str, name: str) -> str:
    """The format whose sign comes first. Raises NotAnExport where there is none."""
    begins = text.lstrip()[:2000]
    if not begins:
        raise NotAnExport(name, "is empty", EXPORT_AGAIN)
    if re.match(r"(<!doctype html|<html)", begins, re.IGNORECASE):
        raise NotAnExport(name, f"is a web page that begins {one_line(begins)[:80]!r}", EXPORT_AGAIN)
    if begins[0] in "{[" and (seems := _json(text)):
        raise NotAnExport(name, seems, EXPORT_AGAIN)
    if re.match(r"<[?!A-Za-z]", begins):
        return _xml_format(text, name)
    places = {form: found.start() for form, pattern in SIGNS.items() if (found := pattern.search(text))}
    sign, header = header_of(text)
    if sign:
        places["tsv" if sign == "\t" else "csv"] = header
    if not places:
        raise NotAnExport(name, _unknown(begins), EXPORT_AGAIN)
    return min(places, key=places.__getitem__)


def _unknown(begins: str) -> str:
    columns = re.split(r"[,;\t]", begins.split("\n", 1)[0])
    if len(columns) > 2 and all(re.fullmatch(r'[\w" ]{1,40}', column) for column in columns):
        return f"is a table whose columns ({', '.join(columns)}) hold no title, abstract, DOI or PMID"
    return f"has no record of a known form and begins {one_line(begins)[:80]!r}"


def _json(text: str) -> str:
    """What a text in JSON seems to be; empty where it is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return ""
    if isinstance(value, dict) and str(value.get("message-type", "")).startswith("work"):
        return "is Crossref's answer about a work (JSON)"
    return "is JSON"


def _xml_format(text: str, name: str) -> str:
    """Entities that a file declares can grow without bound, so one that declares any is refused."""
    if re.search(r"<!ENTITY|<!DOCTYPE[^>]*\[", text[:100_000], re.IGNORECASE):
        raise NotAnExport(name, "is XML that declares entities of its own", EXPORT_AGAIN)
    root = re.search(r"<([A-Za-z][\w.-]*)", text)
    if root and root[1] in ("xml", "records", "record") and BEGINNING.search(text):
        return "endnote_xml"
    if root and root[1].startswith("Pubmed"):
        raise NotAnExport(name, "is PubMed's XML", "let the search read PubMed, or export the records as .nbib")
    raise NotAnExport(name, f"is XML of another kind ({root[0] + '>' if root else 'no element'})", EXPORT_AGAIN)
