"""What rests on what, and how far a trace goes."""

import pytest

from perennial.provenance.graph import Graph, how_far


@pytest.fixture
def graph() -> Graph:
    made = Graph()
    made.add("study/a", "study", "study a", locator="Table 1")
    made.add("row/a", "row", "3 of 9", ["study/a"], locator="Table 2")
    made.add("setting", "setting", "level: 0.95")
    made.add("pooled", "value", "", ["setting", "row/a"])
    made.add("sentence", "text", "", ["pooled"])
    made.add("other", "value", "", ["setting"])
    return made


def test_a_value_reaches_all_it_rests_on_once_and_a_row_finds_all_that_rest_on_it(graph):
    assert list(graph.reach(["sentence"])) == ["sentence", "pooled", "setting", "row/a", "study/a"]
    assert graph.dependants(["study/a"]) == {"study/a", "row/a", "pooled", "sentence"}
    assert graph.dependants(["other"]) == {"other"}


def test_a_circle_ends(graph):
    graph.add("study/a", "study", "study a", ["sentence"], locator="Table 1")
    assert set(graph.reach(["row/a"])) == {"row/a", "study/a", "sentence", "pooled", "setting"}
    assert "other" not in graph.dependants(["sentence"])


def test_how_far_a_trace_goes(graph):
    assert how_far(graph, ["sentence"]) == "evidence"
    assert how_far(graph, ["other"]) == "protocol"
    graph.add("nowhere", "none", "it numbers a list")
    assert how_far(graph, ["nowhere"]) == "marked"
    graph.add("found", "value", "", [graph.add("search/s", "search", "a search, its query and its day")])
    assert how_far(graph, ["found"]) == "records"


@pytest.mark.parametrize(
    "broken",
    [
        lambda graph: graph.add("row/a", "row", "3 of 9", ["study/a"]),
        lambda graph: graph.add("pooled", "value"),
        lambda graph: graph.add("row/a", "row", "3 of 9", [graph.add("silent", "end")], locator="Table 2"),
        lambda graph: graph.add("study/a", "study", "study a"),
    ],
    ids=["a row without its place", "a value from nothing", "an end that says nothing", "a study from nowhere"],
)
def test_a_trace_that_breaks_off_is_none(graph, broken):
    broken(graph)
    assert how_far(graph, ["sentence"]) == ""


def test_evidence_without_its_place_may_say_why(graph):
    graph.add("row/a", "row", "3 of 9", ["study/a", graph.end("place", "the table does not say where")])
    assert how_far(graph, ["sentence"]) == "evidence"


def test_what_is_named_and_not_there_is_told(graph):
    graph.add("pooled", "value", "", ["row/a", "row/b"])
    assert graph.missing() == {"row/b"}
