"""Blocks as a part of a web page."""

import base64
from collections.abc import Iterable, Sequence
from html import escape

from perennial.report.blocks import Block, Heading, Paragraph, Picture, Table, plain
from perennial.report.traces import traced

FIRST_LEVEL = 3
"""A page has its title in h1 and its sections in h2."""


def to_html(blocks: Iterable[Block]) -> str:
    """The blocks as HTML, all text escaped; it stands within a section of a page."""
    return "".join(_block(block) + "\n" for block in blocks)


def _block(block: Block) -> str:
    match block:
        case Heading(level, text):
            name = f"h{min(6, FIRST_LEVEL + level - 1)}"
            return f"<{name}{traced('none.numbering')}>{_text(text)}</{name}>"
        case Paragraph(text, trace):
            return f"<p{_traced(trace)}>{_text(text)}</p>"
        case Table():
            return _table(block)
        case Picture(path, caption, alt):
            source = "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
            return f'<figure><img src="{source}" alt="{_text(alt)}"><figcaption>{_text(caption)}</figcaption></figure>'


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_text(column)}</th>' for column in table.columns)
    traces = table.traces or [[""] * len(table.columns)] * len(table.rows)
    body = "".join(f"<tr>{_cells(row, names)}</tr>\n" for row, names in zip(table.rows, traces, strict=True))
    heads = traced("none.numbering")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_text(table.caption)}">\n<table>\n'
        f"<caption{heads}>{_text(table.caption)}</caption>\n<thead{heads}><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n</div>"
    )


def _cells(row: Sequence[str], names: Sequence[str]) -> str:
    first, *others = (f"{_traced(name)}>{_text(cell)}" for cell, name in zip(row, names, strict=True))
    return f'<th scope="row"{first}</th>' + "".join(f"<td{cell}</td>" for cell in others)


def _traced(name: str) -> str:
    return traced(name) if name else ""


def _text(text: str) -> str:
    return escape(plain(text), quote=True)
