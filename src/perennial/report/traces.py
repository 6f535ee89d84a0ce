"""What the page carries of the trace, so that each number can say where it came from without a network.

``trace.json`` holds nodes by name, each with its kind, what is said of it, where it stands and what it rests on. The
page carries those that its elements name in `data-trace`, and all that these rest on.
"""

import json
import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

from markupsafe import Markup

NAMED = re.compile(r'data-trace="([^"]*)"')
PLACE = "__TRACE__"
"""Stands in the page's template where the trace belongs."""


def slug(heading: str) -> str:
    """A heading as a part of a name: lower case, words joined by hyphens."""
    return re.sub("[^a-z0-9]+", "-", heading.lower()).strip("-")


def traced(name: str) -> Markup:
    """The attribute of an element whose numbers `name` tells of."""
    return Markup(' data-trace="{}"').format(name)


def with_trace(page: str, nodes: Mapping[str, Mapping[str, Any]]) -> str:
    """The page with what it needs of `nodes` in its place; a name that the trace does not hold is left out."""
    asked = dict.fromkeys(unescape(name) for name in NAMED.findall(page))
    before, _, after = page.rpartition(PLACE)  # a text of the evidence may hold the same word before it
    return before + _embedded(nodes, [name for name in asked if name in nodes]) + after


def _embedded(nodes: Mapping[str, Mapping[str, Any]], asked: Iterable[str]) -> str:
    """JSON: names, and for each its node as [kind, said, places of what it rests on, where, address], cut at the end.

    Places are numbers of names; where is a file (a number of files) and a pointer. What opens a tag is escaped.
    """
    names = list(asked)
    known = set(names)
    for name in names:
        new = [each for each in nodes[name].get("from", ()) if each not in known]
        known.update(new)
        names += new
    place = {name: number for number, name in enumerate(names)}
    files: dict[str, int] = {}
    rows = []
    for name in names:
        node = nodes[name]
        file, sign, pointer = node.get("at", "").partition("#")
        where = [files.setdefault(file, len(files)), pointer] if sign else 0
        row = [node["kind"], node.get("said", ""), [place[each] for each in node.get("from", ())]]
        row += [where, node.get("url", "")]
        while row and not row[-1]:
            row.pop()
        rows.append(row)
    told = {"names": names, "files": list(files), "nodes": rows}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
