"""Coordinates of the Baujat plot against metafor, closed forms, and where they do not exist."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from perennial.stats.baujat import baujat
from perennial.stats.errors import NotEstimable
from perennial.stats.random_effects import common_effect
from perennial.stats.tau2 import METHODS

ORACLE = Path(__file__).parents[1] / "oracle"
COMMITTED = json.loads((ORACLE / "regression.json").read_bytes())
INTERVALS = {"z": "wald", "t": "t", "knha": "hartung_knapp", "adhoc": "hartung_knapp_adhoc"}


def numbers(values):
    return np.array([value if isinstance(value, int | float) else np.nan for value in values], dtype=float)


def close(ours, theirs, name, loose=0.0):
    """Where theirs are numbers: metafor gives none for a study without which its iterations do not converge."""
    theirs = numbers(theirs)
    known = np.isfinite(theirs)
    floor = loose + 1e-9 * theirs[known].max(initial=0.0) + 1e-13
    np.testing.assert_allclose(ours[known], theirs[known], rtol=1e-6, atol=floor, err_msg=name)
    return int(known.sum())


def assert_agrees(name, table, answer):
    settings = {"tau2": table["tau2"], "interval": INTERVALS[table["test"]], "constant": table["constant"]}
    ours = baujat(table["yi"], table["vi"], table["x"], **settings)
    close(ours.x, answer["x"], f"{name} x")
    close(ours.y, answer["y"], f"{name} y")


@pytest.mark.parametrize("name", [name for name, answer in COMMITTED["answers"].items() if answer.get("baujat")])
def test_committed_values_of_metafor(name):
    assert_agrees(name, COMMITTED["tables"][name], COMMITTED["answers"][name]["baujat"])


def test_random_tables(rscript, tmp_path):
    random, tables = np.random.default_rng(20250605), {}
    for number in range(24):
        m, scale = number % 3, 10.0 ** random.integers(-2, 3)
        k = int(random.integers(m + 3, 12))
        vi = np.exp(random.normal(0, 0.7, k)) * scale**2
        yi = random.normal(0.5 * scale, np.sqrt(vi + (random.choice([0, 0.5, 2]) * scale) ** 2))
        tables[f"table{number}"] = {
            "yi": yi.tolist(), "vi": vi.tolist(), "x": random.normal(size=(k, m)).tolist() if m else None, "new": None,
            "tau2": METHODS[number % 8], "test": [*INTERVALS][(number + number // 8) % 4], "constant": True,
            "want": ["baujat"],
        }  # fmt: skip
    (tmp_path / "tables.json").write_text(json.dumps({"tables": tables}))
    command = [rscript, str(ORACLE / "regression.R"), str(tmp_path / "tables.json")]
    answers = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["answers"]
    found = {name: answer["baujat"] for name, answer in answers.items() if answer and answer["baujat"]}
    assert len(found) > 18, "metafor answered too few to compare"
    for name, answer in found.items():
        assert_agrees(name, tables[name], answer)


def test_the_shared_reference(shared):
    sets = json.loads((shared / "reference" / "seed.json").read_bytes())["sets"]
    for path in sorted((shared / "reference" / "tables").glob("*.json")):
        sets[path.stem] = json.loads(path.read_bytes())["results"]
    compared = 0
    for name, results in sets.items():
        for measure, result in results.items():
            for method in ("DL", "REML"):
                detail = result.get(f"detail_{method}", {}) if isinstance(result, dict) else {}
                if "x" not in detail.get("baujat", {}):
                    continue
                yi, vi = (numbers(result["effects"][key]) for key in ("yi", "vi"))
                known = np.isfinite(yi) & np.isfinite(vi)
                ours = baujat(yi[known], vi[known], tau2=method)
                # metafor's REML stops at steps of 1e-12, which is not far from variances of 1e-8 to 1e-6
                loose = 1e-12 / vi[known].min() if method == "REML" else 0.0
                compared += close(ours.x, detail["baujat"]["x"], f"{name} {measure} {method} x", loose)
                compared += close(ours.y, detail["baujat"]["y"], f"{name} {measure} {method} y", loose)
    assert compared > 3000


def test_the_papers_own_plot():
    """Common effect: the studies' parts of Q, and the squared change of the mean over its variance without the study."""
    random = np.random.default_rng(1)
    vi = random.uniform(0.05, 1, 10)
    yi = random.normal(0, 1, 10)
    ours, full = baujat(yi, vi, tau2=0), common_effect(yi, vi)
    assert ours.x.sum() == pytest.approx(full.heterogeneity.q)
    for i in range(10):
        other = common_effect(np.delete(yi, i), np.delete(vi, i))
        assert ours.y[i] == pytest.approx(((full.mean - other.mean) / other.se) ** 2)


def test_degenerate_tables():
    equal = baujat([0.3] * 4, [0.1, 0.2, 0.3, 0.4])
    assert (equal.x == 0).all() and (equal.y == 0).all()
    alone = baujat([0.1, 0.4, -0.2, 0.3, 0.2], [0.1] * 5, [0, 0, 0, 0, 1])
    assert np.isnan(alone.y).tolist() == [False] * 4 + [True]
    assert "study 5" in alone.warnings[0]
    for k in (0, 1, 2):
        with pytest.raises(NotEstimable):
            baujat([0.1, 0.5][:k], [0.1, 0.2][:k])
    with pytest.raises(ValueError, match="interval"):
        baujat([0.1, 0.5, 0.2], [0.1] * 3, interval="knha")
