"""The file that says which tool, which stage, which day, and who is who."""

from pathlib import Path

import pytest

from perennial.screening.foreign.sidecar import DecisionImportProblem, DecisionSidecar, read_decision_sidecar

GOOD = "tool: rayyan\nstage: title_abstract\ndate: 2025-03-17\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "decisions.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_it_says(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "reviewers: {Ann Example: AE, 935616: second}\nnote: |\n  as\n  told\n")
    assert read_decision_sidecar(path) == DecisionSidecar(
        "rayyan", "title_abstract", "2025-03-17", {"Ann Example": "AE", "935616": "second"}, note="as told"
    )
    path = written(tmp_path, "tool: covidence\ndate: '2025-03-17'\n")
    assert read_decision_sidecar(path).stage == ""
    path = written(tmp_path, "tool: covidence\nstage: full_text\ndecision: include\ndate: 2025-03-17\n")
    assert read_decision_sidecar(path).decision == "include"
    path = written(
        tmp_path, "tool: table\nstage: full_text\ndate: 2025-03-17\ncolumns: {decision: Verdict, reviewer: Who}\n"
    )
    assert read_decision_sidecar(path).columns == {"decision": "Verdict", "reviewer": "Who"}


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        (GOOD.replace("rayyan", "Excel"), "tool", "'Excel'"),
        (GOOD.replace("tool: rayyan\n", ""), "tool", "None"),
        (GOOD.replace("title_abstract", "abstracts"), "stage", "'abstracts'"),
        (GOOD.replace("stage: title_abstract\n", ""), "stage", "None"),
        ("tool: covidence\ndecision: include\ndate: 2025-03-17\n", "stage", "None"),
        ("tool: covidence\nstage: abstracts\ndate: 2025-03-17\n", "stage", "'abstracts'"),
        (GOOD.replace("2025-03-17", "2025-03"), "date", "'2025-03'"),
        (GOOD.replace("date: 2025-03-17\n", ""), "date", "None"),
        (GOOD.replace("2025-03-17", "2025-03-17 10:00:00"), "date", "datetime"),
        (GOOD + "reviewers: [AE]\n", "reviewers", r"\['AE'\]"),
        (GOOD + "reviewers: {Ann: ann@example.org}\n", "reviewers", r"\{'Ann': 'ann@example.org'\}"),
        (GOOD + "reviewers: {Nil Olsen: NO}\n", "reviewers", r"\{'Nil Olsen': False\}"),
        (GOOD + "reviewers: {Ann: ''}\n", "reviewers", r"\{'Ann': ''\}"),
        (GOOD + "decision: include\n", "decision", "'include'"),
        ("tool: covidence\nstage: full_text\ndecision: withdrawn\ndate: 2025-03-17\n", "decision", "'withdrawn'"),
        (GOOD + "columns: {decision: x}\n", "columns", r"\{'decision': 'x'\}"),
        (GOOD.replace("rayyan", "table"), "columns", "None"),
        (GOOD.replace("rayyan", "table") + "columns: {reviewer: x}\n", "columns", r"\{'reviewer': 'x'\}"),
        (GOOD.replace("rayyan", "table") + "columns: {decision: x, colour: y}\n", "columns", ".*colour"),
        (GOOD + "note: 7\n", "note", "7"),
        (GOOD + "colour: blue\n", "colour", "'blue'"),
    ],
)
def test_what_is_wrong(tmp_path: Path, text: str, key: str, value: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DecisionImportProblem, match=rf"decisions\.yaml, {key}: {value}.*: .*\. Remedy: .+\.$"):
        read_decision_sidecar(path)


@pytest.mark.parametrize("text", ["[1]", "a: [", "", "\x00"])
def test_no_sidecar(tmp_path: Path, text: str) -> None:
    with pytest.raises(DecisionImportProblem, match=r"decisions\.yaml: .*Remedy: write it with tool \("):
        read_decision_sidecar(written(tmp_path, text))
    with pytest.raises(DecisionImportProblem, match=r"absent\.yaml: the file does not exist\. Remedy: "):
        read_decision_sidecar(tmp_path / "absent.yaml")
