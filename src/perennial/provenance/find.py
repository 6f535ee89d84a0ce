"""From what somebody types to a node of the trace."""

from collections.abc import Iterable
from difflib import get_close_matches

from perennial.provenance.graph import Graph

PREFIXES = ("record", "study", "report", "row", "arm", "claim", "search", "import", "text")
"""What may be left out before the name of a thing."""


class NotFound(Exception):
    """The trace holds nothing of that name; the message gives the closest ones."""


def find(graph: Graph, asked: str, prefixes: Iterable[str] = PREFIXES) -> str:
    """The node called `asked`, or so with the kind of thing before it. Raises NotFound."""
    asked = asked.removeprefix("./")
    names = [asked, *(f"{prefix}/{asked}" for prefix in prefixes), f"text.{asked}", *_of_files(asked)]
    found = [name for name in dict.fromkeys(names) if name in graph.nodes]
    if not found:
        short = {name.partition("/")[2]: name for name in graph.nodes if name.partition("/")[0] in prefixes}
        close = get_close_matches(asked, [*graph.nodes, *short], n=5, cutoff=0.5)
        hint = f" The closest: {', '.join(close)}." if close else ""
        raise NotFound(f"{asked}: the trace holds nothing of that name.{hint}")
    return found[0]


def _of_files(asked: str) -> list[str]:
    """The nodes that stand for a file of the evidence."""
    parts = asked.split("/")
    if asked.startswith("data/search/"):
        return ["search/" + "/".join(parts[2:4])]
    if asked.startswith("data/imports/"):
        return [f"import/{parts[-1].removesuffix('.yaml')}", f"import/{parts[-1]}"]
    return []
