"""Which job made a file of the results, and from which others: the workflow's rules, as the Snakefile has them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

WILDCARD = re.compile(r"\{(\w+)(?:,[^{}]*)?\}")


def flow_of(rules: Iterable[Any], results: str) -> dict[str, dict[str, list[str]]]:
    """Inputs and outputs by rule, of Snakemake's rules that write into the folder `results`.

    Only results are told; what a release leaves behind is none. A rule goes by the name that its cards have: in a
    workflow that uses this one it may have another, and beside it there are rules without cards.
    """
    found = {}
    for rule in rules:
        made = [str(file) for file in rule.output if str(file).startswith(f"{results}/")]
        card = rule.input.get("card")
        if made and card and not made[0].startswith("results/receipts/"):
            used = [str(file) for file in rule.input if str(file).startswith(f"{results}/")]
            found[PurePosixPath(str(card)).parent.name] = {"in": sorted(used), "out": sorted(made)}
    return found


def traced_files(files: Iterable[Any], results: str) -> list[str]:
    """The results among `files`, which may hold lists, that are not made from the trace themselves."""
    flat: list[str] = []
    for each in files:
        flat += [each] if isinstance(each, str) else traced_files(each, results)
    made_from_it = tuple(f"{results}/{folder}/" for folder in ("report", "provenance"))
    return [file for file in flat if not file.startswith(made_from_it)]


@dataclass(frozen=True)
class Job:
    """`card` is the name of its identity card; `inputs` are the results that it read."""

    rule: str
    card: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Flow:
    rules: Mapping[str, Mapping[str, list[str]]]
    results: str

    def job(self, file: str) -> Job | None:
        """The job that makes `file`, by a rule that names it whole before one that has wildcards."""
        made = ((rule, pattern) for rule, told in self.rules.items() for pattern in told["out"])
        for rule, pattern in sorted(made, key=lambda each: "{" in each[1]):
            if found := re.fullmatch(_expression(pattern), file):
                return self._job(rule, found.groupdict())
        return None

    def _job(self, rule: str, values: Mapping[str, str]) -> Job:
        used = [WILDCARD.sub(lambda found: values[found[1]], pattern) for pattern in self.rules[rule]["in"]]
        cards, results = f"{self.results}/identity/", f"{self.results}/"
        named = (file.removeprefix(cards).removesuffix(".json") for file in used if file.startswith(cards))
        card = next((name for name in named if name.startswith(f"{rule}/")), "")  # the trace reads those of others too
        inputs = (file for file in used if file.startswith(results) and not file.startswith(cards))
        return Job(rule, card, tuple(inputs))


def _expression(pattern: str) -> str:
    """A regular expression for the files of a pattern; a wildcard that comes again stands for the same text."""
    parts, seen, place = [], set(), 0
    for found in WILDCARD.finditer(pattern):
        name = found[1]
        parts += [re.escape(pattern[place : found.start()]), f"(?P={name})" if name in seen else f"(?P<{name}>[^/]+)"]
        seen.add(name)
        place = found.end()
    return "".join([*parts, re.escape(pattern[place:])])
