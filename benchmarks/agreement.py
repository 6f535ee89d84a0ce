"""Table of agreement with metafor: how many of its values are met, by function and measure, and why others are not.

    python benchmarks/agreement.py [reference] [--live] [--seed 1]

Reference values are those in `reference` (../shared/reference unless given, where it is there) and the committed ones
in tests/oracle. With --live the `oracle.R` in that folder and the scripts of tests/oracle are run besides, on every
usable table of metadat and on random tables (some minutes on two cores; needs R with metafor, metadat, jsonlite).

Values count as met to 1e-6, and to 1e-4 for models whose likelihood is integrated numerically; see
against_metafor/values.py for what a difference is relative to, and against_metafor/reasons.py for the reasons. The exit
code is 1 where a disagreement has none.
"""

import argparse
import json
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from against_metafor import live, oracle_layout, own_bias, own_effects, own_models, own_regression  # noqa: E402
from against_metafor.reasons import reason  # noqa: E402
from against_metafor.values import Account, Pair  # noqa: E402

OWN: dict[str, Callable[[Account, dict[str, Any]], None]] = {
    "effects": own_effects.compare_effects,
    "pooling": own_models.compare_pooling,
    "regression": own_regression.compare_regression,
    "living": own_models.compare_living,
    "bias": own_bias.compare_bias,
    "glmm": own_bias.compare_glmm,
}
UNEXPLAINED = "UNEXPLAINED"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reference", nargs="?", type=Path, default=ROOT.parent / "shared" / "reference")
    parser.add_argument("--live", action="store_true", help="ask metafor for new values too")
    parser.add_argument("--seed", type=int, default=1, help="of the random tables")
    given = parser.parse_args()
    warnings.simplefilter("error", RuntimeWarning)  # a warning of numpy is a disagreement

    account = Account()
    for name, compare in OWN.items():
        compare(account, json.loads((ROOT / "tests" / "oracle" / f"{name}.json").read_bytes()))
    compare_folder(account, given.reference)
    if given.live:
        readers = {name: lambda answered, compare=compare: compare(account, answered) for name, compare in OWN.items()}
        readers["tables"] = lambda answered: compare_tables(account, answered)
        live.answers(given.reference / "oracle.R", given.seed, readers)
    explained = explain(account.disagreements)
    print_table(account, explained)
    print_reasons(explained)
    return UNEXPLAINED in explained


def compare_folder(account: Account, folder: Path) -> None:
    if not folder.is_dir():
        print(f"{folder} is not there: only the values in tests/oracle are compared.\n")
        return
    sets = json.loads((folder / "seed.json").read_bytes())["sets"]
    for name, table in sets.items():
        results = {measure: values for measure, values in table.items() if measure not in ("data", "glmm")}
        table = {"type": "prop", "data": table["data"], "glmm": table["glmm"], "results": results}
        oracle_layout.compare_table(account, name, table)
    compare_tables(
        account, {path.stem: json.loads(path.read_bytes()) for path in sorted((folder / "tables").iterdir())}
    )


def compare_tables(account: Account, tables: dict[str, Any]) -> None:
    for name, table in tables.items():
        oracle_layout.compare_table(account, name, table)


def explain(disagreements: list[Pair]) -> dict[str, list[Pair]]:
    by_reason = defaultdict(list)
    for pair in disagreements:
        by_reason[reason(pair) or UNEXPLAINED].append(pair)
    return dict(sorted(by_reason.items(), key=lambda item: (item[0] != UNEXPLAINED, -len(item[1]))))


COLUMNS = ("values compared", "met", "share", "worst difference", "not given by us", "unexplained")


def print_table(account: Account, explained: dict[str, list[Pair]]) -> None:
    left = Counter((pair.function, pair.kind) for pair in explained.get(UNEXPLAINED, []))
    functions = list(dict.fromkeys(function for function, _ in account.counts))
    print(f"| function | measure or method | {' | '.join(COLUMNS)} |")
    print(f"| --- | --- |{' ---: |' * len(COLUMNS)}")
    totals = Counter()
    for function, kind in sorted(account.counts, key=lambda key: (functions.index(key[0]), key[1])):
        count = account.counts[function, kind]
        numbers = (count.compared, count.met, count.refused, left[function, kind])
        totals.update(dict(enumerate(numbers)))
        print(row(function, kind, *numbers, count.worst))
    worst = max(count.worst for count in account.counts.values())
    print(row("**all**", "", *(totals[place] for place in range(4)), worst))


def row(function: str, kind: str, compared: int, met: int, refused: int, unexplained: int, worst: float) -> str:
    share = f"{100 * met / compared:.3f}%" if compared else ""
    difference = "" if not compared else "differs" if worst == float("inf") else f"{worst:.1e}"
    return (
        f"| {function} | {kind} | {compared} | {met} | {share} | {difference} | {refused or ''} | {unexplained or ''} |"
    )


def print_reasons(explained: dict[str, list[Pair]]) -> None:
    for text, pairs in explained.items():
        print(f"\n**{text}**  ({len(pairs)} values)\n")
        places = defaultdict(list)
        for pair in pairs:
            places[pair.case.table, pair.function, pair.kind].append(pair)
        for (table, function, kind), there in places.items():
            print(f"- `{table}`: {function}, {kind}: {described(there)}")


def described(pairs: list[Pair]) -> str:
    """Which values, of how many analyses, and the largest difference with both values."""
    names = dict.fromkeys(pair.name.split("[")[0] for pair in pairs)
    analyses = len({pair.case.where for pair in pairs})
    said = f"{', '.join(names)} ({len(pairs)} values of {analyses} analys{'es' if analyses > 1 else 'is'})"
    worst = max(pairs, key=lambda pair: pair.difference)
    if worst.refusal is not None:
        return f"{said}: {worst.refusal}"
    values = f"{worst.name} of `{worst.case.where}` is {shown(worst.ours)}, metafor {shown(worst.theirs)}"
    return f"{said}, at most {worst.difference:.1e}: {values}"


def shown(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
