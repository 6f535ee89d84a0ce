"""The bytes of an export as text with plain line ends, and what had to be repaired for it."""

import codecs
import re

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
LINE_ENDS = re.compile(r"\r\n?|\n")


def decode(data: bytes) -> tuple[str, list[str]]:
    """The text and notes. Whatever the bytes, there is a text: what is not UTF-8 is read as Windows-1252, by lines."""
    notes = []
    encoding = next((name for mark, name in MARKS.items() if data.startswith(mark)), "")
    if encoding:
        notes.append("a byte-order mark was passed over")
    else:
        encoding = _utf16(data)
    if encoding.startswith("utf-16"):
        text = data.decode(encoding, errors="replace")
        notes.append("the file is UTF-16, not UTF-8")
    else:
        text = _by_lines(data, notes)
    ends = set(LINE_ENDS.findall(text))
    if len(ends) > 1:
        notes.append("the line ends are mixed")
    text = LINE_ENDS.sub("\n", text)
    if "\ufeff" in text[1:]:
        notes.append("byte-order marks inside the text were passed over")
    return text.replace("\ufeff", ""), notes


def _utf16(data: bytes) -> str:
    """Text in Latin letters has a zero in every second byte when it is UTF-16 without a mark."""
    head = data[:400]
    if len(head) < 4 or head.count(0) < len(head) * 0.3:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _by_lines(data: bytes, notes: list[str]) -> str:
    """Each line by itself, for files joined from several exports can be of two encodings."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    lines, foreign, unicode = [], [], False
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        try:
            lines.append(line.decode("utf-8"))
            unicode = unicode or not line.isascii()
        except UnicodeDecodeError:
            lines.append("".join(_character(byte) for byte in line))
            foreign.append(number)
    where = f"line {foreign[0]}" + (f" and {len(foreign) - 1} more lines" if len(foreign) > 1 else "")
    is_what = f"{where} of the file, which is UTF-8 otherwise, " if unicode else "the file "
    notes.append(f"{is_what}is not UTF-8 and was read as Windows-1252" + ("" if unicode else f" (first {where})"))
    return "".join(lines)


def _character(byte: int) -> str:
    """Five bytes mean nothing in Windows-1252; they are the control characters that they are in latin-1."""
    return bytes([byte]).decode("cp1252" if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "latin-1")
