"""Blocks as Markdown."""

import re
from collections.abc import Iterable
from html import escape

from perennial.report.blocks import Block, Heading, Paragraph, Picture, Table, plain


def to_markdown(blocks: Iterable[Block], title: str) -> str:
    """The blocks below their title; nothing in a text becomes markup, HTML or a link."""
    return "\n\n".join([f"# {_text(title)}", *map(_block, blocks)]) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * min(6, level + 1)} {_text(text)}"
        case Paragraph(text):
            return _text(text)
        case Table(caption, columns, rows):
            lines = [_row(columns), "|" + " --- |" * len(columns), *map(_row, rows)]
            return "\n".join([f"**{_text(caption)}**", "", *lines])
        case Picture(path, caption, alt):
            return f"![{_text(alt)}](<{escape(path.as_posix())}>)\n\n{_text(caption)}"


def _row(cells: Iterable[str]) -> str:
    return "|" + "".join(f" {_text(cell)} |" for cell in cells)


def _text(text: str) -> str:
    """Escape what is markup anywhere, then what is markup only at the beginning of a line or makes a link."""
    text = re.sub(r"([\\`*_{}\[\]#|~$^])", r"\\\1", escape(plain(text), quote=False))
    text = re.sub(r"^([-+=])|^(\d+)([.)])(?=\s|$)", lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text)
    return re.sub(r"(?i)(www)\.", r"\1\\.", text.replace("://", "\\://"))
