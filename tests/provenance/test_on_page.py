"""Every number that a page shows is judged by the element that it stands in."""

from perennial.provenance.graph import Graph
from perennial.provenance.on_page import account_of, numbers_shown

PAGE = """<!doctype html>
<html><head><title>Page 1</title><style>p { margin: 2px }</style></head>
<body><p data-trace="a">Of 1,024 patients <b>12.5%</b><br>and <span data-trace="b">P = 0.03</span>, 7</p>
<p>I² and τ² are no numbers, 8 is</p>
<img alt="9"><script type="application/json">{"n": 10}</script>
<table data-trace="c"><tr><td>11</td></tr></table></body></html>"""


def test_a_number_belongs_to_the_nearest_name_around_it():
    assert [(shown.number, shown.trace) for shown in numbers_shown(PAGE)] == [
        ("1,024", "a"),
        ("12.5", "a"),
        ("0.03", "b"),
        ("7", "a"),
        ("8", ""),
        ("11", "c"),
    ]


def test_a_number_without_a_trace_is_found_and_shown_with_what_is_around_it():
    graph = Graph()
    graph.add("row/1", "row", "a row", locator="Table 1")
    graph.add("a", "value", "", ["row/1"])
    graph.add("b", "none", "no source: it numbers a list")
    account = account_of(PAGE, graph)
    assert (account.total, account.by_kind["evidence"]) == (6, 3)
    assert sum(account.by_kind.values()) == 4
    assert [(shown.number, shown.trace) for shown in account.untraced] == [("8", ""), ("11", "c")]
    assert "no trace: 8 in “I² and τ² are no numbers, 8 is” (no name)" in str(account)
