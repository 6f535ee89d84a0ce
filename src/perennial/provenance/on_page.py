"""The numbers of the page: each must stand in an element that names its trace."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from perennial.provenance.graph import NOWHERE, Graph, how_far

NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
VOID = frozenset({"meta", "link", "img", "br", "input", "hr", "wbr", "col", "source"})
UNREAD = frozenset({"head", "script", "style"})
"""What a reader of the page does not see."""


@dataclass(frozen=True)
class Shown:
    """A number of the page with the text around it, and the name of its trace; empty where it has none."""

    number: str
    text: str
    trace: str


def numbers_shown(page: str) -> Iterator[Shown]:
    """Every number in the text of a page, in its order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    for text, trace in reader.texts:
        for found in NUMBER.finditer(text):
            yield Shown(found[0], " ".join(text[max(0, found.start() - 40) : found.end() + 20].split()), trace)


class _Reader(HTMLParser):
    """Texts, each with the nearest `data-trace` around it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.texts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            around = self.open[-1][1] if self.open else ""
            self.open.append((tag, dict(attrs).get("data-trace") or around))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(tag in UNREAD for tag, _ in self.open):
            self.texts.append((data, self.open[-1][1] if self.open else ""))


@dataclass(frozen=True)
class Account:
    """How many numbers the page shows, by how far their traces go; and those that have none, or a broken one."""

    total: int
    by_kind: dict[str, int]
    untraced: tuple[Shown, ...]

    def __str__(self) -> str:
        lines = [f"{self.total:,} numbers on the page"]
        lines += [f"{count:8,} {MEANING.get(kind, kind)}" for kind, count in sorted(self.by_kind.items())]
        lines += [f"no trace: {shown.number} in “{shown.text}” ({shown.trace or 'no name'})" for shown in self.untraced]
        return "\n".join(lines)


MEANING = {
    "evidence": "traced to evidence with its place in a source",
    "records": "traced to records, decisions, searches or imports",
    "protocol": "traced to a key of the protocol",
    "software": "traced to programs and versions of software",
    "marked": "traced to a marked end that says why there is no source",
}


def account_of(page: str, graph: Graph) -> Account:
    """Judge every number of `page` by the trace in `graph`."""
    reached: dict[str, str] = {"": ""}
    counts: Counter[str] = Counter()
    untraced = []
    shown = list(numbers_shown(page))
    for each in shown:
        if each.trace not in reached:
            reached[each.trace] = _kind(graph, each.trace)
        if kind := reached[each.trace]:
            counts[kind] += 1
        else:
            untraced.append(each)
    return Account(len(shown), dict(counts), tuple(untraced))


def _kind(graph: Graph, name: str) -> str:
    if name not in graph.nodes:
        return ""
    if graph.nodes[name]["kind"] == NOWHERE:
        return f"marked as having no source: {name.removeprefix('none.')}"
    return how_far(graph, [name])
