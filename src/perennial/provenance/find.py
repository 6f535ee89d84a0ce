"""From what somebody types to the nodes of the trace."""

from difflib import get_close_matches

from perennial.provenance.graph import Graph

PREFIXES = ("record", "study", "report", "row", "arm", "claim", "search", "import", "variant")
"""What may be left out before the name of a thing."""


class NotFound(Exception):
    """The trace holds nothing of that name; the message gives the closest ones."""


def find(graph: Graph, asked: str) -> str:
    """The node called `asked`, or so with the kind of thing before it. Raises NotFound."""
    asked = asked.removeprefix("./")
    names = [asked, *(f"{prefix}/{asked}" for prefix in PREFIXES), f"text.{asked}", *_archived(asked)]
    if found := next((name for name in names if name in graph.nodes), None):
        return found
    short = {name.partition("/")[2] for name in graph.nodes if name.partition("/")[0] in PREFIXES}
    close = get_close_matches(asked, [*graph.nodes, *short], n=5, cutoff=0.5)
    hint = f" The closest: {', '.join(close)}." if close else ""
    raise NotFound(f"{asked}: the trace holds nothing of that name.{hint}")


def things(graph: Graph, asked: str) -> list[str]:
    """The nodes that `asked` stands for: one thing, or all that a file of evidence, protocol or code holds."""
    file = asked.removeprefix("./")
    held = [name for name, node in graph.nodes.items() if node.get("file") == file]
    if file == "config/config.yaml":
        held = [name for name, node in graph.nodes.items() if node["kind"] == "setting"]
    elif file.endswith(".py"):
        module = _module(file)
        held = [name for name, node in graph.nodes.items() if module in node.get("modules", ())]
    return held or [find(graph, asked)]


def _module(file: str) -> str:
    """A program by its file name, a module of the library by its dotted name."""
    path = file.removeprefix("src/")
    if path == file:
        return file.rpartition("/")[2]
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _archived(asked: str) -> list[str]:
    """The nodes of a search or an import, by a file of it."""
    parts = asked.split("/")
    if asked.startswith("data/search/"):
        return ["search/" + "/".join(parts[2:4])]
    if asked.startswith("data/imports/"):
        return [
            f"import/{parts[-1]}",
            *(f"import/{parts[-1].removesuffix('.yaml')}{kind}" for kind in (".csv", ".ris")),
        ]
    return []
