"""One table of oracle.R on one measure: the studies, their sizes, and the way back from the scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from against_metafor import likelihoods
from against_metafor.values import Case, Floats
from perennial.stats.back_transformation import to_natural
from perennial.stats.effects import continuous, correlation, one_arm, two_by_two
from perennial.stats.effects.estimates import Effects
from perennial.stats.effects.generic import from_standard_error
from perennial.stats.proportions import TRANSFORMATIONS

COLUMNS = {
    "prop": ("events", "n"),
    "bin": ("ai", "n1i", "ci", "n2i"),
    "cont": ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
    "cor": ("ri", "ni"),
    "gen": ("yi", "vi"),
}
MEASURES = {
    "PR": one_arm.raw_proportion,
    "PLN": one_arm.log_proportion,
    "PLO": one_arm.logit_proportion,
    "PAS": one_arm.arcsine_proportion,
    "PFT": one_arm.freeman_tukey_proportion,
    "OR": two_by_two.odds_ratio,
    "RR": two_by_two.risk_ratio,
    "RD": two_by_two.risk_difference,
    "AS": two_by_two.arcsine_difference,
    "MD": continuous.mean_difference,
    "SMD": continuous.standardized_mean_difference,
    "ROM": continuous.ratio_of_means,
    "ZCOR": correlation.fisher_z,
    "GEN": lambda yi, vi: from_standard_error(yi, np.sqrt(vi)),
}


@dataclass(frozen=True)
class Analysis:
    """One table on one measure."""

    table: str
    type: str
    measure: str
    data: Mapping[str, list]
    effects: Effects

    @property
    def name(self) -> str:
        return f"{self.table} {self.measure}"

    @cached_property
    def studies(self) -> tuple[Floats, Floats]:
        """Estimates and sampling variances, of a variance of zero too, as far as they exist."""
        return self.effects.usable()

    @cached_property
    def sizes(self) -> Floats | None:
        """The participants of each study that has an estimate."""
        match self.type:
            case "prop":
                n = self.data["n"]
            case "bin" | "cont":
                n = np.add(self.data["n1i"], self.data["n2i"])
            case _:
                n = self.data.get("ni")
        return None if n is None else np.array(n, dtype=float)[self.effects.defined]

    @cached_property
    def events(self) -> Floats | None:
        match self.type:
            case "prop":
                return np.array(self.data["events"], dtype=float)[self.effects.defined]
            case "bin":
                return np.add(self.data["ai"], self.data["ci"]).astype(float)[self.effects.defined]
        return None

    def back(self, value: float) -> float:
        if self.measure == "PFT":
            return TRANSFORMATIONS["freeman_tukey"].to_proportion(value, self.data["n"])
        return float(to_natural(value, self.effects.scale))

    def case(
        self, method: str, theirs: Mapping[str, Any], *, without: int | None = None, first: int | None = None
    ) -> Case:
        """The fit of all studies, or of some, whose tau2 metafor gives as `theirs["tau2"]`."""
        yi, vi = self.studies
        name = f"{self.name} {method}"
        if without is not None:
            yi, vi, name = np.delete(yi, without), np.delete(vi, without), f"{name} without {without + 1}"
        if first is not None:
            yi, vi, name = yi[:first], vi[:first], f"{name} first {first}"
        return Case(name, yi, vi, likelihoods.shortfall(yi, vi, method, likelihoods.at(theirs.get("tau2"), 0)))
