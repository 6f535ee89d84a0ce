"""Blocks as a Word document, the same bytes from the same blocks."""

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Length, Pt, RGBColor, Twips

from perennial.report.blocks import Block, Heading, Paragraph, Picture, Table, plain

TYPEFACE = "Times New Roman"
PAGE, MARGIN = (Cm(21), Cm(29.7)), Cm(2)
WIDTH, HEIGHT = PAGE[0] - 2 * MARGIN, PAGE[1] - 2 * MARGIN
SIZES, EM = (9, 8.5, 8, 7.5, 7, 6.5, 6), 0.56
"""Points of the type in tables, and how wide a letter is to its size."""

PADDING = Cm(0.1)
RULES = {"top": "8", "bottom": "8", "insideH": "4"}
"""Eighths of a point."""

LONG = 400
"""Letters in a cell from which on its row may go over to the next page."""

NO_DATE = datetime(2000, 1, 1)
"""A document must say when it was made; the time of the run is no part of a result."""


def to_docx(blocks: Iterable[Block], title: str) -> bytes:
    """The blocks below their title, on upright A4."""
    document = Document()
    _set_up(document, plain(title))
    document.add_paragraph(plain(title), "Title")
    for block in blocks:
        match block:
            case Heading(level, text):
                document.add_heading(plain(text), min(9, level))
            case Paragraph(text):
                document.add_paragraph(plain(text))
            case Table():
                _add_table(document, block)
            case Picture():
                _add_picture(document, block)
    data = io.BytesIO()
    document.save(data)
    return _without_times(data.getvalue())


def _set_up(document, title: str) -> None:
    properties = document.core_properties
    properties.title = title[:255]  # all that the format takes
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.created = properties.modified = NO_DATE

    section = document.sections[0]
    section.page_width, section.page_height = PAGE
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN

    styles = document.styles
    sizes = {"Normal": 11, "Title": 18, "Heading 1": 14, "Heading 2": 12, "Caption": 10}
    for name, size in sizes.items():
        style = styles[name]
        style.font.name, style.font.size, style.font.color.rgb = TYPEFACE, Pt(size), RGBColor(0, 0, 0)
        fonts = style.element.rPr.rFonts
        for attribute in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[attribute]  # it would win over the typeface named here
    styles["Normal"].paragraph_format.space_after = Pt(8)
    styles["Normal"].paragraph_format.line_spacing = 1.25
    for border in styles["Title"].element.pPr.findall(qn("w:pBdr")):
        styles["Title"].element.pPr.remove(border)
    styles["Caption"].paragraph_format.keep_with_next = True
    styles["Caption"].paragraph_format.space_before = Pt(14)
    cell = styles.add_style("Cell", WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style = styles["Normal"]
    cell.paragraph_format.space_after, cell.paragraph_format.line_spacing = Pt(1), 1.0


def _add_table(document, table: Table) -> None:
    """Horizontal rules only, as journals set tables; the header comes again on each page."""
    lines = [[plain(cell) for cell in line] for line in (table.columns, *table.rows)]
    document.add_paragraph(plain(table.caption), "Caption")
    made = document.add_table(len(lines), len(table.columns))
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    rules = [(edge, {"val": "single", "sz": size, "color": "808080"}) for edge, size in RULES.items()]
    margins = [(side, {"w": str(PADDING.twips), "type": "dxa"}) for side in ("left", "right")]
    made._tbl.tblPr.insert_element_before(_element("tblBorders", rules), "w:tblLayout")
    made._tbl.tblPr.insert_element_before(_element("tblCellMar", margins), "w:tblLook")
    size, widths = _columns(lines)
    style = document.styles["Cell"].style_id
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for number, (row, line) in enumerate(zip(made.rows, lines, strict=True)):
        details = row._tr.get_or_add_trPr()
        if max(map(len, line)) < LONG:
            details.append(OxmlElement("w:cantSplit"))
        if number == 0:
            details.append(OxmlElement("w:tblHeader"))
        for cell, text, width in zip(row.cells, line, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph._p.style = style  # by its id: a style is looked up by name in all 164, once for every cell
            run = paragraph.add_run(text)
            run.font.size, run.bold = Pt(size), number == 0
    document.add_paragraph()


def _element(name: str, children: Iterable[tuple[str, dict[str, str]]]) -> OxmlElement:
    element = OxmlElement(f"w:{name}")
    for tag, attributes in children:
        child = OxmlElement(f"w:{tag}")
        for key, value in attributes.items():
            child.set(qn(f"w:{key}"), value)
        element.append(child)
    return element


def _columns(lines: list[list[str]]) -> tuple[float, list[Length]]:
    """The size of the type and the widths of the columns.

    The largest type with which no word is broken; what is left of the width goes to columns with long texts. Where the
    smallest type is still too large words are broken, for nothing may run off the page.
    """
    columns = list(zip(*lines, strict=True))
    words = [min(30, max(len(word) for cell in column for word in cell.split() or [""])) for column in columns]
    texts = [min(200, max(map(len, column))) for column in columns]
    for size in SIZES:
        least = [Pt(EM * size * word) + 2 * PADDING for word in words]
        if sum(least) <= 0.9 * WIDTH:
            break
    wanted = [max(0, text - word) ** 0.5 for text, word in zip(texts, words, strict=True)]
    spare = max(0, WIDTH - sum(least)) / (sum(wanted) or 1)
    widths = [narrow + spare * want for narrow, want in zip(least, wanted, strict=True)]
    return size, [Twips(int(width * WIDTH / sum(widths) / Twips(1))) for width in widths]


def _add_picture(document, picture: Picture) -> None:
    """No larger than a page with its caption."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(str(picture.path))
    scale = min(1, WIDTH / shape.width, 0.75 * HEIGHT / shape.height)
    shape.width, shape.height = Emu(int(shape.width * scale)), Emu(int(shape.height * scale))
    shape._inline.docPr.set("descr", plain(picture.alt))
    document.add_paragraph(plain(picture.caption))


def _without_times(archive: bytes) -> bytes:
    """The same archive with one fixed time on each of its files."""
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(data, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=NO_DATE.timetuple()[:6])
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            new.writestr(entry, old.read(name))
    return data.getvalue()
