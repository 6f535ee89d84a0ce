"""Values, results, evidence, records and searches as one graph: each node names what it rests on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SOURCES = frozenset({"row", "arm", "study", "report", "count", "claim", "reference", "variant", "answer"})
"""What people took from a report or wrote about one; each says where it stands, or is marked."""

FOUND = frozenset({"record", "records", "search", "import", "decision"})
SETTLED = frozenset({"setting", "code"})
NOWHERE = "none"
"""A number that no source gives, such as one that only counts sections; it says why."""

Node = dict[str, Any]


@dataclass
class Graph:
    """`nodes` by id: `kind`, `said` (one line), `from` (ids), and whatever programs may want to know besides.

    `said` of a value may be empty; `at` is then the place where it stands, a file and a pointer into it.
    """

    nodes: dict[str, Node] = field(default_factory=dict)

    def add(self, name: str, kind: str, said: str = "", rests_on: Iterable[str] = (), **told: Any) -> str:
        """Put a node, whole, in place of one of the same name. What is None or empty is left out."""
        node = {"kind": kind, "said": said, "from": list(dict.fromkeys(rests_on)), **told}
        self.nodes[name] = {key: value for key, value in node.items() if value not in (None, "", [], {})}
        return name

    def end(self, name: str, why: str) -> str:
        """A marked end: what is not known from here on, and why."""
        return self.add(f"end/{name}", "end", why)

    def rests_on(self, name: str) -> list[str]:
        return self.nodes[name].get("from", [])

    def reach(self, names: Iterable[str]) -> Iterator[str]:
        """`names` and all they rest on, each once, nearest first."""
        waiting, seen = list(names), set()
        for name in waiting:
            if name not in seen:
                seen.add(name)
                yield name
                waiting += self.rests_on(name)

    def dependants(self, names: Iterable[str]) -> set[str]:
        """All that rest on one of `names`, directly or not, themselves included."""
        users: dict[str, list[str]] = {}
        for user in self.nodes:
            for used in self.rests_on(user):
                users.setdefault(used, []).append(user)
        waiting = list(names)
        found = set(waiting)
        for name in waiting:
            new = [user for user in users.get(name, ()) if user not in found]
            found.update(new)
            waiting += new
        return found

    def missing(self) -> set[str]:
        """Names that something rests on and that there are not."""
        return {name for node in self.nodes.values() for name in node.get("from", ())} - set(self.nodes)


def how_far(graph: Graph, names: Iterable[str]) -> str:
    """How far the trace of `names` goes: to evidence, records, the protocol, software, or marked as having none.

    An empty text where it breaks off: an end that is neither a source with its place, nor a setting, nor marked.
    """
    reached = [graph.nodes[name] for name in graph.reach(names)]
    kinds = {node["kind"] for node in reached}
    if any(_breaks_off(node) for node in reached):
        return ""
    if kinds & SOURCES:
        return "evidence"
    if kinds & FOUND:
        return "records"
    if "setting" in kinds:
        return "protocol"
    if NOWHERE in kinds:
        return "marked"
    if "end" in kinds:
        return "marked"
    return "software" if "code" in kinds else ""


def _breaks_off(node: Mapping[str, Any]) -> bool:
    if node["kind"] in SOURCES:
        return not ("locator" in node or any(name.startswith("end/") for name in node.get("from", ())))
    if node["kind"] in FOUND | SETTLED | {"end", NOWHERE}:
        return not node.get("said")
    return not node.get("from")
