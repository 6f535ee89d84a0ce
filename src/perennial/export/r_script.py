"""An R script that repeats the results of a review with metafor, from the tables beside it, and compares."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BODY = Path(__file__).with_name("repeat_with_metafor.R")

MEASURES = {"freeman_tukey": "PFT", "logit": "PLO", "raw": "PR", "log": "PLN", "arcsine": "PAS"}
TESTS = {"wald": "z", "t": "t", "hartung_knapp": "knha", "hartung_knapp_adhoc": "adhoc"}


def r_script(config: Mapping[str, Any], version: str) -> str:
    """The protocol's analyses as R values, and after them what is done with them."""
    multiverse, sets = config["multiverse"], config["bias"]["sets"]
    outcomes = [name for name, each in config["outcomes"].items() if each["kind"] == "proportion"]
    rules = {
        name: {"kinds": rule.get("kinds"), "minimum": rule.get("minimum_patients", 0)}
        for name, rule in multiverse["rules"].items()
    }
    asked = {name: multiverse[name] for name in ("measures", "tau2", "intervals")}
    values = {
        "level": config["level"],
        "outcomes": outcomes,
        "groups": list(config["groups"]),
        "measures": MEASURES,
        "tests": TESTS,
        "models": {name: _model(model) for name, model in config["models"].items()},
        "comparisons": {name: each["groups"] for name, each in config["comparisons"].items()},
        "within_trials": list(config["within_trials"]),
        "asymmetry": {
            name: {"groups": sets[test["set"]]["groups"], "effect": test["effect"]}
            for name, test in config["bias"]["tests"].items()
        },
        "specifications": {**asked, "points": multiverse["quadrature_points"], "rules": rules},
    }
    title = _comment(f"{config['review']['title']}: version {version}, repeated with metafor (Viechtbauer 2010).")
    head = [
        "#!/usr/bin/env Rscript",
        title,
        "# Rscript repeat_with_metafor.R reads the tables beside it, writes metafor_results.csv and says how it agrees",
        "",
        "# ---- What the protocol asks for " + "-" * 88,
        "",
        *(f"{name} <- {_r(value)}" for name, value in values.items()),
    ]
    return "\n".join(head) + "\n" + BODY.read_text(encoding="utf-8")


def _model(model: Mapping[str, Any]) -> dict[str, Any]:
    told = {"method": model["method"], "test": TESTS[model["interval"]]}
    if model["method"] == "glmm":
        return {**told, "points": model["quadrature_points"]}
    return {**told, "measure": MEASURES[model["transformation"]], "tau2": model["tau2"]}


def _comment(text: str) -> str:
    return "# " + " ".join(text.split())


def _r(value: Any) -> str:
    """A value in R: a list with names, a vector of text, a text or a number."""
    match value:
        case dict():
            return "list(" + ", ".join(f"`{name}` = {_r(each)}" for name, each in value.items()) + ")"
        case list():
            return "c(" + ", ".join(map(_r, value)) + ")" if value else "character()"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case None:
            return "NULL"
        case _:
            return str(value)
