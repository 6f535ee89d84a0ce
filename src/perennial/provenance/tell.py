"""A trace as text: a tree in which each thing stands once, what was told before only named again."""

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perennial.provenance.graph import Graph
from perennial.report.blocks import plain

TOLD_BEFORE = "(told above)"


def tree(graph: Graph, name: str, results: Path, width: int = 100) -> str:
    """The trace of `name`, wrapped at `width`; values are read from the folder of results."""
    return "\n".join(_lines(graph, name, results, width, 0, set())) + "\n"


def _lines(graph: Graph, name: str, results: Path, width: int, depth: int, told: set[str]) -> Iterator[str]:
    indent = "  " * depth
    if name in told and graph.nodes[name]["kind"] != "end":
        yield from _wrapped(f"{name} {TOLD_BEFORE}", indent, width)
        return
    told.add(name)
    yield from _wrapped(line(graph, name, results), indent, width)
    for each in graph.rests_on(name):
        yield from _lines(graph, each, results, width, depth + 1, told)


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    bullet = f"{indent}- " if indent else ""
    return textwrap.wrap(
        plain(text),
        max(width, len(indent) + 40),
        initial_indent=bullet,
        subsequent_indent=f"{indent}  " if indent else "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def line(graph: Graph, name: str, results: Path | None = None) -> str:
    """One node in one line; what a source said speaks for itself, other things begin with their name."""
    node = graph.nodes[name]
    if node["kind"] == "end":
        return f"END OF THE TRACE: {node['said']}"
    if node["kind"] not in ("value", "text", "file"):
        return node["said"]
    parts = [name]
    value = value_at(node, results) if results else None
    if value is not None:
        parts.append(f"= {json.dumps(value, ensure_ascii=False)}")
    if "said" in node:
        parts.append(f"({node['said']})")
    if "at" in node:
        parts.append(f"[{node['at']}]")
    return " ".join(parts)


def value_at(node: dict[str, Any], results: Path) -> Any:
    """What stands at the place of a value, where that is a single value of a JSON file, or two bounds; else None."""
    file, _, pointer = node.get("at", "").partition("#")
    if not file.endswith(".json"):
        return None
    first, comma, other = pointer.partition(", ")
    if comma:
        places = (first, f"{first.rpartition('/')[0]}/{other}")
        bounds = [value_at({"at": f"{file}#{place}"}, results) for place in places]
        return None if None in bounds else f"{bounds[0]} to {bounds[1]}"
    try:
        found = json.loads(_below(results, file).read_bytes())
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            found = found[int(key)] if isinstance(found, list) else found[key]
    except (OSError, KeyError, IndexError, ValueError):
        return None
    return None if isinstance(found, dict | list) else found


def _below(results: Path, file: str) -> Path:
    return results / re.sub(r"^results/(as_of/[^/]+/)?", "", file)
