"""Meta-regression, its diagnostics and permutation tests, as tests/oracle/regression.R answers them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from against_metafor import fields, likelihoods, own_fields
from against_metafor.values import Account, Case, Floats
from perennial.stats.baujat import baujat
from perennial.stats.influence import influence
from perennial.stats.meta_regression import meta_regression
from perennial.stats.permutation import permutation_test

INTERVALS = {"z": "wald", "t": "t", "knha": "hartung_knapp", "adhoc": "hartung_knapp_adhoc"}


@dataclass(frozen=True)
class Asked:
    """A table of the script, with the model it is to be given."""

    name: str
    yi: Floats
    vi: Floats
    x: Floats | None
    tau2: str | float
    interval: str
    constant: bool

    @property
    def kind(self) -> str:
        return "no moderator" if self.x is None else "with moderators"

    @property
    def method(self) -> str:
        return self.tau2 if isinstance(self.tau2, str) else "known"

    @property
    def design(self) -> Floats:
        constant = [np.ones(len(self.yi))] if self.constant or self.x is None else []
        return np.column_stack([*constant, *([] if self.x is None else [self.x])])

    def model(self) -> tuple:
        return self.yi, self.vi, self.x, self.tau2, self.interval

    def case(self, theirs: Any, without: int | None = None) -> Case:
        """The fit of all studies, or of all but one, whose tau2 is `theirs`."""
        stay = np.arange(len(self.yi)) != (-1 if without is None else without)
        yi, vi, design = self.yi[stay], self.vi[stay], self.design[stay]
        name = f"{self.name} {self.method}" + ("" if without is None else f" without {without + 1}")
        return Case(name, yi, vi, likelihoods.shortfall(yi, vi, self.method, theirs, design))


def compare_regression(account: Account, answered: Mapping[str, Any]) -> None:
    for name, table in answered["tables"].items():
        yi, vi = (np.array(table[column], dtype=float) for column in ("yi", "vi"))
        x = None if table["x"] is None else np.array(table["x"], dtype=float)
        asked = Asked(name, yi, vi, x, table["tau2"], INTERVALS[table["test"]], table["constant"])
        answer = answered["answers"][name] or {}
        whole = asked.case((answer.get("fit") or {}).get("tau2"))
        if answer.get("fit"):
            compare_fit(account, asked, whole, answer["fit"], table["new"])
        compare_deletions(account, asked, whole, answer)
        for alternative, theirs in (answer.get("permutation") or {}).items():
            row = "permutation test", alternative, whole, permuted(asked, alternative), theirs
            account.compare(*row, own_fields.PERMUTATION)


def compare_fit(account: Account, asked: Asked, case: Case, theirs: Mapping[str, Any], new: list) -> None:
    fit = cache(lambda: meta_regression(*asked.model(), constant=asked.constant))
    account.compare("meta-regression", asked.interval, case, fit, theirs, own_fields.REGRESSION | fields.tau2(asked.vi))
    if theirs.get("prediction"):
        row = "prediction by moderators", "as the interval", case, lambda: fit().predict(new), theirs["prediction"]
        account.compare(*row, own_fields.PREDICTION)
        if fit().df:
            riley = "prediction by moderators", "t_k-p-1", case, lambda: fit().predict(new, "t_k-p-1")
            account.compare(*riley, theirs["prediction"], own_fields.RILEY)


def compare_deletions(account: Account, asked: Asked, whole: Case, answer: Mapping[str, Any]) -> None:
    """What concerns one study left out rests on two fits, that of all studies and that without it."""
    moved = cache(lambda: influence(*asked.model(), constant=asked.constant))
    plotted = cache(lambda: baujat(*asked.model(), constant=asked.constant))
    shown, places = answer.get("influence") or {}, answer.get("baujat") or {}
    for i in range(len(asked.yi)):
        part = asked.case(likelihoods.at(shown.get("tau2_deleted"), i), without=i)
        case = Case(part.where, asked.yi, asked.vi, likelihoods.largest(whole.shortfall, part.shortfall))
        row = "influence", asked.kind, case, lambda i=i: fields.Step(moved(), i), fields.step(shown, i)
        account.compare(*row, own_fields.influence(asked.vi, i))
        row = "Baujat", asked.kind, case, lambda i=i: fields.Step(plotted(), i), fields.step(places, i)
        account.compare(*row, fields.BAUJAT)


def permuted(asked: Asked, alternative: str):
    return lambda: permutation_test(*asked.model(), alternative, exact=True, constant=asked.constant)
