"""The review as of earlier days."""

import json


def replayed(project, day: str, target: str = "summary.json") -> dict:
    run = project.run(
        "--config", f"as_of={day}", "--", f"results/as_of/{day}/summary.json", f"results/as_of/{day}/{target}"
    )
    assert run.code == 0, run.output
    return json.loads((project.root / "results" / "as_of" / day / "summary.json").read_bytes())


def test_two_studies_by_2023_five_by_2024(project):
    summary = replayed(project, "2023-12-31")
    assert (summary["studies_included"], summary["as_of"], summary["reconstructed"]) == (2, "2023-12-31", True)
    mono, naive = (summary["analyses"]["orr"][group] for group in ("monotherapy", "naive"))
    assert (mono["k"], mono["estimate"], mono["ci_method"]) == (1, 0.5, "Clopper-Pearson, one study")
    assert (naive["k"], naive["n"], naive["estimate"], naive["warnings"]) == (0, 0, None, ["no study to pool"])
    assert summary["comparisons"]["orr"]["regimen"]["models"]["recommended"]["warnings"][0].startswith("not tested")

    summary = replayed(project, "2024-12-31")
    assert summary["studies_included"] == 5
    sizes = {group: result["k"] for group, result in summary["analyses"]["cr"].items()}
    assert sizes == {"monotherapy": 2, "combination": 3, "naive": 2}
    assert not (project.root / "results" / "summary.json").exists()


def test_before_the_first_report_there_is_an_empty_review(project):
    summary = replayed(project, "2022-12-31", "report/index.html")
    assert summary["studies_included"] == 0
    assert {r["k"] for groups in summary["analyses"].values() for r in groups.values()} == {0}


def test_a_day_that_is_none(project):
    run = project.run("-n", "--config", "as_of=2023-02-30")
    assert run.code != 0
    assert "as_of" in run.output
    assert "2023-02-30" in run.output
