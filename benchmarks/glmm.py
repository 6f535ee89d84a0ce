"""Time of the generalised linear mixed models beside metafor's `rma.glmm`, in one run.

    python benchmarks/glmm.py [repeats]

Synthetic studies: single proportions of 12 and of 200 studies, and 2x2 tables of 12 and of 40. metafor fits the same
counts in an R that has already started and fitted once, unless a fit takes more than two seconds. Times are medians.
The last column says how far the two are apart in tau2.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from perennial.stats.glmm import fit_binomial_normal
from perennial.stats.glmm_two_arm import fit_two_arm

METAFOR = """
suppressPackageStartupMessages({library(metafor); library(jsonlite)})
input <- fromJSON(commandArgs(TRUE)[1], simplifyDataFrame = FALSE); repeats <- as.integer(commandArgs(TRUE)[2])
answers <- lapply(input, function(case) {
  d <- lapply(case$table, as.numeric)
  fit <- function() suppressWarnings(if (case$model == "PLO")
    rma.glmm(measure = "PLO", xi = d$ai, ni = d$n1i, nAGQ = case$points) else
    rma.glmm(measure = "OR", ai = d$ai, n1i = d$n1i, ci = d$ci, n2i = d$n2i, model = case$model, nAGQ = case$points,
             control = list(dnchgcalc = "dnoncenhypergeom")))
  first <- system.time(r <- tryCatch(fit(), error = function(e) NULL))["elapsed"]
  if (is.null(r)) return(NULL)
  times <- if (first > 2) first else sapply(seq_len(repeats), function(i) system.time(fit())["elapsed"])
  list(seconds = median(times), tau2 = r$tau2)
})
cat(toJSON(answers, digits = I(12), auto_unbox = TRUE, null = "null"))
"""


def table(k: int, seed: int) -> dict[str, list[int]]:
    random = np.random.default_rng(seed)
    n = random.integers(30, 300, (2, k))
    level, lean = random.normal(-1.5, 0.5, k), random.normal(0.3, 0.4, k)
    ai, ci = (
        random.binomial(size, 1 / (1 + np.exp(-logit))) for size, logit in zip(n, (level + lean, level), strict=True)
    )
    return {"ai": ai.tolist(), "n1i": n[0].tolist(), "ci": ci.tolist(), "n2i": n[1].tolist()}


def cases() -> list[dict]:
    chosen = [("PLO", 12, 7), ("PLO", 200, 7), ("UM.FS", 12, 7), ("UM.FS", 40, 7), ("UM.RS", 12, 1), ("UM.RS", 40, 1)]
    chosen += [("CM.AL", 12, 7), ("CM.AL", 40, 7), ("CM.EL", 12, 7)]
    return [{"model": model, "k": k, "points": points, "table": table(k, k)} for model, k, points in chosen]


def fit(case: dict):
    counts = case["table"]
    if case["model"] == "PLO":
        return fit_binomial_normal(counts["ai"], counts["n1i"], case["points"])
    return fit_two_arm(**counts, model=case["model"], quadrature_points=case["points"])


def metafor(listed: list[dict], repeats: int) -> list[dict | None]:
    program = shutil.which("Rscript")
    if not program:
        return [None] * len(listed)
    with tempfile.TemporaryDirectory() as folder:
        script, data = Path(folder, "glmm.R"), Path(folder, "cases.json")
        script.write_text(METAFOR)
        data.write_text(json.dumps(listed))
        done = subprocess.run([program, script, data, str(repeats)], capture_output=True, check=True)
    return [answer or None for answer in json.loads(done.stdout)]


def main(repeats: int) -> None:
    print(f"{'model':6} {'k':>4} {'points':>6} {'ours, ms':>9} {'metafor, ms':>12} {'ratio':>7} {'tau2 apart':>11}")
    listed = cases()
    for case, theirs in zip(listed, metafor(listed, repeats), strict=True):
        ours, times = fit(case), []
        for _ in range(repeats):
            start = time.perf_counter()
            fit(case)
            times.append(time.perf_counter() - start)
        line = f"{case['model']:6} {case['k']:4} {case['points']:6} {1000 * median(times):9.1f}"
        if theirs:
            ratio = theirs["seconds"] / median(times)
            line += f" {1000 * theirs['seconds']:12.1f} {ratio:7.1f} {abs(ours.tau2 - theirs['tau2']):11.1e}"
        print(line)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
