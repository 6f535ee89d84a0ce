"""The part of the trace that the page carries: what its elements name, all that this rests on, and nothing else."""

import json

from perennial.report.traces import PLACE, slug, traced, with_trace

NODES = {
    "a": {"kind": "value", "from": ["b"], "at": "results/summary.json#/a"},
    "b": {"kind": "row", "said": "</script><script>alert(1)</script>", "from": ["c"]},
    "c": {"kind": "report", "said": "a report", "url": "https://doi.org/10.1000/c"},
    "not asked": {"kind": "value", "said": "elsewhere"},
}


def carried(page: str) -> dict:
    _, _, after = with_trace(page, NODES).partition("<script>")
    assert "</script><" not in after.removesuffix("</script>")
    return json.loads(after.removesuffix("</script>"))


def test_what_is_named_and_all_it_rests_on():
    told = carried(f"<p{traced('a')}>1</p><script>{PLACE}</script>")
    assert told["names"] == ["a", "b", "c"]
    assert told["nodes"][0] == ["value", "", [1], [0, "/a"]]
    assert told["nodes"][1] == ["row", NODES["b"]["said"], [2]]
    assert told["nodes"][2] == ["report", "a report", [], 0, "https://doi.org/10.1000/c"]
    assert told["files"] == ["results/summary.json"]


def test_a_text_that_holds_the_mark_of_the_place_stays_as_it_is():
    page = with_trace(f"<p{traced('c')}>{PLACE}</p><script>{PLACE}</script>", NODES)
    assert page.startswith(f'<p data-trace="c">{PLACE}</p><script>{{')


def test_a_name_is_escaped_in_its_attribute_and_found_again():
    name = 'a "b" <c>'
    nodes = {name: {"kind": "end", "said": "why"}}
    page = with_trace(f"<p{traced(name)}>1</p><script>{PLACE}</script>", nodes)
    assert "<c>" not in page
    assert json.loads(page.partition("<script>")[2].removesuffix("</script>"))["names"] == list(nodes)


def test_a_heading_becomes_a_name():
    assert slug("Funnel plot asymmetry (Egger)") == "funnel-plot-asymmetry-egger"
