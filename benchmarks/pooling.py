"""Time of pooling estimates, beside metafor, PyMARE, PyMetaAnalysis, statsmodels, pimeta and bare numpy.

    python benchmarks/pooling.py

Everything is measured in one run, and the ratios are what counts. A peer takes part where it is found: the
Python ones where this interpreter can import them, metafor by the Rscript on the path. What is too slow to be run
whole is run on a part and multiplied, and the figure says so. The rounds of the contestants alternate, and the quickest
of each counts.
"""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).parents[1] / "src"
sys.path.insert(0, str(SOURCE))

from perennial.stats.batches import random_effects_many  # noqa: E402
from perennial.stats.random_effects import random_effects  # noqa: E402
from perennial.stats.sensitivity import leave_one_out_effects  # noqa: E402
from perennial.stats.tau2 import estimate_tau2_many  # noqa: E402

METAFOR = """
suppressPackageStartupMessages(library(metafor))
tight <- list(threshold = 1e-12, tol = 1e-12, maxiter = 10000)
yi <- as.matrix(read.csv("yi.csv", header = FALSE)); vi <- as.matrix(read.csv("vi.csv", header = FALSE))
timed <- function(control) system.time(for (i in seq_len(nrow(yi)))
  try(rma(yi[i, ], vi[i, ], method = "REML", control = control), silent = TRUE))[["elapsed"]]
invisible(timed(list()))
cat(timed(list()), timed(tight))
"""
FRESH = """
import sys; sys.path.insert(0, {source!r})
from perennial.stats.random_effects import random_effects
print(random_effects({yi}, {vi}).tau2)
heavy = {{"matplotlib", "pandas", "scipy.stats"}} & set(sys.modules)
if heavy: print("imported on the way:", *heavy)
"""
FRESH_R = "suppressPackageStartupMessages(library(metafor)); cat(rma(c({yi}), c({vi}))$tau2)"


def seconds(contestants: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The quickest of several rounds, in which the contestants take turns."""
    best = dict.fromkeys(contestants, float("inf"))
    for _ in range(rounds):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def show(title: str, times: dict[str, float], aims: dict[str, str]) -> None:
    print(f"\n{title}")
    ours = next(iter(times.values()))
    for name, taken in times.items():
        ratio = f"{taken / ours:10.2f} x" if taken != ours else " " * 12
        print(f"  {name:<62}{1000 * taken:12.2f} ms {ratio}  {aims.get(name, '')}")


def analyses(count: int, studies: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(20250601)
    vi = random.gamma(2, 0.1, (count, studies)) + 0.01
    tau = random.choice([0, 0.2, 0.5], (count, 1))
    return random.normal(0.3, np.sqrt(vi + tau**2)), vi


def bare_dl(yi: np.ndarray, vi: np.ndarray) -> np.ndarray:
    w = 1 / vi
    total = w.sum(1)
    mean = (w * yi).sum(1) / total
    q = (w * (yi - mean[:, None]) ** 2).sum(1)
    return np.maximum(0, (q - (yi.shape[1] - 1)) / (total - (w**2).sum(1) / total))


def in_metafor(yi: np.ndarray, vi: np.ndarray) -> tuple[float, float]:
    """Seconds for all these analyses inside R, with metafor's own tolerance and with a tight one; no start of R."""
    with tempfile.TemporaryDirectory() as folder:
        for name, values in (("yi", yi), ("vi", vi)):
            np.savetxt(Path(folder, f"{name}.csv"), values, delimiter=",")
        done = subprocess.run(["Rscript", "-e", METAFOR], cwd=folder, capture_output=True, text=True, check=True)
    default, tight = done.stdout.split()
    return float(default), float(tight)


def many_analyses() -> None:
    yi, vi = analyses(10_000, 10)
    contestants = {"perennial, REML, every maximum looked for": lambda: estimate_tau2_many(yi, vi, "REML")}
    contestants["perennial, REML with means, intervals, Q, I2, H2"] = lambda: random_effects_many(yi, vi, "REML")
    if importlib.util.find_spec("pymare"):
        from pymare.estimators import VarianceBasedLikelihoodEstimator

        y, v, x = np.ascontiguousarray(yi.T), np.ascontiguousarray(vi.T), np.ones((10, 1))
        contestants["PyMARE, REML, vectorised"] = lambda: VarianceBasedLikelihoodEstimator("REML").fit(y, v, x)
    times, aims = seconds(contestants, 5), {"PyMARE, REML, vectorised": "aim: at least 1 x"}
    if shutil.which("Rscript"):
        part = 400
        default, tight = in_metafor(yi[:part], vi[:part])
        for name, taken in (("its own tolerance", default), ("tolerance 1e-12", tight)):
            times[f"metafor, REML, {name} ({part} analyses x {10_000 // part})"] = taken * 10_000 / part
        aims |= dict.fromkeys((name for name in times if name.startswith("metafor")), "aim: at least 400 x")
    show("10,000 meta-analyses of 10 studies, tau2 by REML", times, aims)

    contestants = {
        "perennial, DL": lambda: estimate_tau2_many(yi, vi, "DL"),
        "bare numpy, DL, nothing checked": lambda: bare_dl(yi, vi),
    }
    times = seconds(contestants, 60)
    show("10,000 meta-analyses of 10 studies, tau2 by DL", times, {list(times)[1]: "aim: at least 0.5 x"})


def leave_one_out() -> None:
    yi, vi = (each[0] for each in analyses(1, 1_000))
    times = seconds({"perennial": lambda: leave_one_out_effects(yi, vi, "REML")}, 3)
    aims = {}
    if importlib.util.find_spec("meta_analyze"):
        from meta_analyze import meta_analysis

        part = 40

        def theirs() -> None:
            for i in range(part):
                meta_analysis(effect=np.delete(yi, i), variance=np.delete(vi, i), tau2_method="REML")

        name = f"PyMetaAnalysis ({part} fits of 999 studies x {1_000 // part})"
        times[name] = seconds({name: theirs}, 2)[name] * 1_000 / part
        fitted = meta_analysis(effect=yi, variance=vi, tau2_method="REML")
        times["PyMetaAnalysis, its own leave_one_out, whole"] = seconds({"": fitted.leave_one_out}, 1)[""]
        aims = {list(times)[-1]: "aim: at least 15 x"}
    show("leave-one-out of 1,000 studies, tau2 by REML", times, aims)


def one_analysis() -> None:
    """One fit at a time, as most users do; statsmodels has no REML, so that its fit is by Paule and Mandel."""
    yi, vi = (each[0] for each in analyses(1, 10))
    contestants = {"perennial, REML": lambda: random_effects(yi, vi, "REML")}
    if importlib.util.find_spec("statsmodels"):
        from statsmodels.stats.meta_analysis import combine_effects

        contestants["statsmodels, Paule-Mandel"] = lambda: combine_effects(yi, vi, method_re="iterated")
    if importlib.util.find_spec("meta_analyze"):
        from meta_analyze import meta_analysis

        contestants["PyMetaAnalysis, REML"] = lambda: meta_analysis(effect=yi, variance=vi, tau2_method="REML")
    if importlib.util.find_spec("pimeta"):
        import pimeta

        contestants["pimeta, REML"] = lambda: pimeta.rma(yi=yi, vi=vi, method="REML")
    show("one meta-analysis of 10 studies, with everything that a result holds", seconds(contestants, 30), {})


def large_analysis() -> None:
    yi, vi = (each[0] for each in analyses(1, 10_000))
    show("10,000 studies, random effects by REML", seconds({"perennial": lambda: random_effects(yi, vi)}, 10), {})


def fresh_process() -> None:
    yi, vi = (list(each[0]) for each in analyses(1, 10))
    yi, vi = [float(each) for each in yi], [float(each) for each in vi]
    program = [sys.executable, "-c", FRESH.format(source=str(SOURCE), yi=yi, vi=vi)]
    print("\nin the fresh process:", subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip())
    contestants = {
        "perennial: import and one REML fit": lambda: subprocess.run(program, capture_output=True, check=True)
    }
    if shutil.which("Rscript"):
        given = {"yi": ",".join(map(str, yi)), "vi": ",".join(map(str, vi))}
        theirs = ["Rscript", "-e", FRESH_R.format(**given)]
        contestants["Rscript with metafor"] = lambda: subprocess.run(theirs, capture_output=True, check=True)
    show("a fresh process", seconds(contestants, 5), {"Rscript with metafor": "aim: at least 3 x"})


if __name__ == "__main__":
    many_analyses()
    one_analysis()
    leave_one_out()
    large_analysis()
    fresh_process()
