"""The entry: the files of a screening tool as decisions, whatever the tool made of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from perennial.screening.foreign.asreview import read_asreview
from perennial.screening.foreign.covidence import read_covidence
from perennial.screening.foreign.decision import DecisionReading, NotDecisions
from perennial.screening.foreign.plain import read_table
from perennial.screening.foreign.rayyan import read_rayyan
from perennial.screening.foreign.sidecar import DecisionSidecar

__all__ = ["NotDecisions", "read_decisions"]

READERS: dict[str, Callable[[Mapping[str, bytes], DecisionSidecar], DecisionReading]] = {
    "rayyan": read_rayyan,
    "covidence": read_covidence,
    "asreview": read_asreview,
    "table": read_table,
}


def read_decisions(files: Mapping[str, bytes], sidecar: DecisionSidecar) -> DecisionReading:
    """Read the files of one export, content by name. Raises NotDecisions for files that hold none."""
    if not files:
        raise NotDecisions(f"no file of {sidecar.tool} was given. Remedy: put the export beside its sidecar.")
    reading = READERS[sidecar.tool](files, sidecar)
    if not reading.decisions:
        return replace(reading, notes=[*reading.notes, "no decision was found in any record"])
    return reading
