"""New reference values from R: random tables, and those of metadat, given to metafor."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perennial.stats.tau2 import METHODS

HERE = Path(__file__).parents[1]
SCRIPTS = HERE.parent / "tests" / "oracle"
TESTS = ("z", "t", "knha", "adhoc")
AT_A_TIME = 2

Tables = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """One call of R: a script of ours, with its tables, and what reads the answers."""

    name: str
    command: tuple[str, ...]
    tables: Mapping[str, Any] | None

    def run(self, folder: Path) -> dict[str, Any]:
        given = []
        if self.tables is not None:
            path = folder / f"{self.name}.json"
            path.write_text(json.dumps(self.tables))
            given = [str(path)]
        done = subprocess.run(["Rscript", *self.command, *given], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"Rscript {' '.join(self.command)} failed:\n{done.stderr}")
        return json.loads(done.stdout)


def answers(oracle: Path, seed: int, compare: Mapping[str, Callable[[dict], None]]) -> None:
    """Run every job and hand its answers to `compare`, by the first word of the job's name; slow jobs first."""
    if shutil.which("Rscript") is None:
        raise FileNotFoundError("Rscript is not on the path. Remedy: install R with metafor, metadat and jsonlite.")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_A_TIME) as pool:
        found = [(job.name.split()[0], pool.submit(job.run, Path(folder))) for job in jobs(oracle, seed)]
        for kind, answer in found:
            compare[kind](answer.result())


def jobs(oracle: Path, seed: int) -> list[Job]:
    random = np.random.default_rng(seed)
    program = str(HERE / "agreement.R"), str(oracle)

    def own(name: str, tables: Mapping[str, Any]) -> Job:
        return Job(name, (str(SCRIPTS / f"{name}.R"),), {"tables": tables})

    return [
        *(Job(f"tables metadat {part}", (*program, f"metadat:{part}"), None) for part in ("1/2", "2/2")),
        Job("tables random", program, tables_of_all_types(random, 6)),
        own("glmm", two_arms(random, 2)),
        own("regression", regressions(random, 48)),
        own("pooling", pooled(random, 16)),
        own("bias", asymmetric(random, 6)),
        Job("effects metadat", (str(SCRIPTS / "effects.R"), "metadat"), None),
        own("effects", counts_of_all_kinds(random, 12)),
        own("living", living(random, 4)),
    ]


def plain(columns: Mapping[str, Any]) -> dict[str, list]:
    return {name: np.asarray(values).tolist() for name, values in columns.items()}


def arms(random: np.random.Generator, k: int) -> list[np.ndarray]:
    """Events and sizes of two arms; rare, common or almost certain, so that cells of zero occur."""
    n1, n2 = random.integers(5, 300, (2, k))
    centre, spread = random.uniform(-4, 3), random.choice([0, 0.3, 1.0])
    logits = random.normal(centre, spread, (2, k))
    p1, p2 = 1 / (1 + np.exp(-logits))
    return [random.binomial(n1, p1), n1, random.binomial(n2, p2), n2]


def estimates(random: np.random.Generator, k: int, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Variances alike or orders of magnitude apart, heterogeneity none, some or much."""
    vi = 0.1 * np.exp(random.normal(0, random.choice([0.3, 1.0, 2.0]), k))
    yi = random.normal(random.normal(), np.sqrt(vi + random.choice([0.0, 0.1, 1.0])))
    return yi * scale, vi * scale**2


def means(random: np.random.Generator, k: int) -> dict[str, np.ndarray]:
    columns = {}
    for arm in (1, 2):
        columns |= {f"m{arm}i": random.normal(5, 1, k), f"sd{arm}i": random.gamma(4, 0.5, k) + 0.1}
        columns |= {f"n{arm}i": random.integers(4, 120, k)}
    return columns


def tables_of_all_types(random: np.random.Generator, count: int) -> Tables:
    """As agreement.R wants them: of 2 to 25 studies, with a moderator and two groups."""
    tables = {}
    for number in range(count):
        k = int(random.integers(2, 26))
        ai, n1i, ci, n2i = arms(random, k)
        yi, vi = estimates(random, k, 10.0 ** random.integers(-3, 4))
        ri = np.tanh(random.normal(0.3, 0.3, k))
        typed = {
            "prop": {"events": ai, "n": n1i},
            "bin": {"ai": ai, "n1i": n1i, "ci": ci, "n2i": n2i},
            "cont": means(random, k),
            "cor": {"ri": ri, "ni": random.integers(5, 300, k)},
            "gen": {"yi": yi, "vi": vi},
        }
        more = {"x": random.normal(size=k), "group": [*"ab" * k][:k]}
        for type_, columns in typed.items():
            tables[f"random{number}.{type_}"] = {"type": type_, "data": plain(columns | more)}
    return tables


def pooled(random: np.random.Generator, count: int) -> Tables:
    tables = {}
    for number in range(count):
        k = int(random.integers(3, 21))
        yi, vi = estimates(random, k)
        group = ["a", "b", *random.choice(["a", "b"], k - 2)]
        tables[f"random{number}"] = plain({"yi": yi, "vi": vi, "x": random.permutation(k) + 0.5, "group": group})
    return tables


def regressions(random: np.random.Generator, count: int) -> Tables:
    """Permutations by estimators without iteration: where metafor's do not converge, `permutest` leaves one out."""
    tables = {}
    for number in range(count):
        m, permuted = number % 4, number % 4 < 2 and number % 3 == 0
        k = 5 if permuted else int(random.integers(m + 4, 20))
        yi, vi = estimates(random, k)
        x, method = random.normal(size=(k, m)) * 10.0 ** random.integers(-1, 3, m), METHODS[number % len(METHODS)]
        closed = [each for each in METHODS if each not in ("REML", "ML", "EB")]
        tables[f"random{number}"] = plain({"yi": yi, "vi": vi}) | {
            "x": x.tolist() if m else None,
            "new": x[:2].tolist() if m else None,
            "tau2": closed[number % len(closed)] if permuted else method,
            "test": TESTS[(number + number // 8) % 4],
            "constant": True,
            "want": [*(["fit"] if m else []), "influence", "baujat", *(["permutation"] if permuted else [])],
        }
    return tables


def asymmetric(random: np.random.Generator, count: int) -> Tables:
    tables = {}
    for number in range(count):
        k = int(random.integers(8, 40))
        ni = np.round(np.exp(random.uniform(2.5, 7, k)))
        vi = 4 / ni * random.uniform(0.7, 1.4, k)
        tau, slope = random.choice([0, 0.2, 1.0]), random.choice([-1.5, 0, 1.0])
        yi = random.normal(0.2 + slope * np.sqrt(vi), np.sqrt(vi + tau**2))
        tables[f"random{number}.estimates"] = plain({"yi": yi, "vi": vi, "ni": ni, "select": [0.025]})
        tables[f"random{number}.counts"] = plain(dict(zip(("ai", "n1i", "ci", "n2i"), arms(random, k), strict=True)))
    return tables


def two_arms(random: np.random.Generator, count: int) -> Tables:
    """Without the exact model, which takes metafor minutes."""
    tables = {}
    for number in range(count):
        k, base = int(random.integers(5, 12)), random.choice([-0.5, -3.0])
        n = random.integers(20, 200, (2, k))
        level, lean = random.normal(base, 0.5, k), random.normal(0, 0.6, k) / 2
        logits = np.array([level + 0.3 + lean, level - lean])
        events = random.binomial(n, 1 / (1 + np.exp(-logits)))
        columns = {"ai": events[0], "n1i": n[0], "ci": events[1], "n2i": n[1]}
        tables[f"random{number}"] = plain(columns) | {"exact": False}
    return tables


def counts_of_all_kinds(random: np.random.Generator, count: int) -> dict[str, Tables]:
    kinds = {kind: {} for kind in ("proportions", "arms", "rates", "means", "correlations")}
    for number in range(count):
        k, name = int(random.integers(1, 12)), f"random{number}"
        ai, n1i, ci, n2i = arms(random, k)
        t1i, t2i = random.uniform(5, 500, (2, k))
        x1i, x2i = random.poisson(0.02 * t1i), random.poisson(0.02 * t2i)
        kinds["proportions"][name] = plain({"events": ai, "n": n1i})
        kinds["arms"][name] = plain({"ai": ai, "n1i": n1i, "ci": ci, "n2i": n2i})
        kinds["rates"][name] = plain({"x1i": x1i, "t1i": t1i, "x2i": x2i, "t2i": t2i})
        kinds["means"][name] = plain(means(random, k))
        kinds["correlations"][name] = plain({"ri": random.uniform(-1, 1, k), "ni": random.integers(2, 90, k)})
    return kinds


def living(random: np.random.Generator, count: int) -> Tables:
    tables = {}
    for number in range(count):
        k = int(random.integers(3, 8))
        yi, vi = estimates(random, k)
        x1, n1, x2, n2 = arms(random, k)
        tables[f"random{number}.over_time"] = plain({"yi": yi, "vi": vi})
        tables[f"random{number}.within"] = plain({"x1": x1, "n1": n1, "x2": x2, "n2": n2})
    tables["random.models"] = plain({"events": x1, "n": n1})
    return tables
