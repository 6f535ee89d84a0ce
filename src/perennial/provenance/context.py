"""What the parts that name values and sentences share: the graph, the results, the protocol."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from perennial.csv_table import read_csv
from perennial.provenance.graph import Graph

PROTOCOL = "config/config.yaml"


@dataclass(frozen=True)
class Context:
    """`results` is the folder of results; `called` what it is called in the trace, results or results/as_of/<date>."""

    graph: Graph
    results: Path
    called: str
    config: Mapping[str, Any]
    cards: Mapping[str, Mapping[str, Any]]

    def json(self, file: str) -> Any:
        return json.loads((self.results / file).read_bytes())

    def csv(self, file: str) -> list[dict[str, str]]:
        return read_csv(self.results / file)

    def has(self, file: str) -> bool:
        return (self.results / file).exists()

    def file(self, name: str) -> str:
        """The node of a file of the results."""
        return f"{self.called}/{name}"

    def at(self, file: str, *pointer: object) -> str:
        """A place in a file of the results, after `#` as a JSON pointer, or as the key of a row and its column."""
        parts = (str(part).replace("~", "~0").replace("/", "~1") for part in pointer)
        return f"{self.called}/{file}#" + "".join(f"/{part}" for part in parts)

    def setting(self, *keys: str) -> str:
        """The node of a key of the protocol, with its value; its settings may be defaults of the schema."""
        name, value = f"config.{'.'.join(keys)}", self.config
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            said = f"{PROTOCOL}, {'.'.join(keys)}: not set"
        else:
            said = f"{PROTOCOL}, {'.'.join(keys)}: {json.dumps(value, ensure_ascii=False)}"
        return self.graph.add(name, "setting", said)

    def there(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that are nodes."""
        return [name for name in names if name in self.graph.nodes]

    def value(self, name: str, at: str, rests_on: Iterable[str], said: str = "") -> str:
        return self.graph.add(name, "value", said, rests_on, at=at)

    def text(self, name: str, *rests_on: str, by: str = "write_report") -> str:
        """A sentence, or several that are read together, and the program that words it."""
        return self.graph.add(f"text.{name}", "text", "", [*rests_on, f"code/{by}"])

    @property
    def searches(self) -> list[str]:
        """The nodes of all searches and imports."""
        return [name for name in self.graph.nodes if name.startswith(("search/", "import/"))]

    @cached_property
    def outcomes(self) -> list[str]:
        """The outcomes that are pooled."""
        return [name for name, outcome in self.config["outcomes"].items() if outcome["kind"] == "proportion"]

    @property
    def groups(self) -> list[str]:
        return list(self.config["groups"])
