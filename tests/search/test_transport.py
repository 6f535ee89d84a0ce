"""How a source is asked: not faster than allowed, again as it tells, and never with a secret in a message."""

import pytest

from perennial.search.entrez import EUtilities
from perennial.search.transport import ATTEMPTS, SearchFailed, Transport

KEY = "synthetic-key-0123456789"


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(scope="module")
def server(servers):
    with servers.start("eutils", records=servers.literature.literature(5)) as running:
        yield running


def asked(server, per_second=1e6, clock=None):
    clock = clock or Clock()
    transport = Transport(server.address, per_second, (KEY,), sleep=clock.sleep, clock=lambda: clock.now)
    return EUtilities(transport, "someone@example.org", KEY), clock


@pytest.mark.parametrize("per_second", [3, 10])
def test_no_more_questions_a_second_than_allowed(server, per_second):
    server.control(faults=[], reset_log=True)
    eutils, clock = asked(server, per_second)
    for _ in range(21):
        eutils.search('"Synthetic Disease"[mh]')
    assert clock.now == pytest.approx(20 / per_second)


@pytest.mark.parametrize("name", ["http_429", "http_429_date"])
def test_it_waits_as_long_as_it_is_told(servers, server, name):
    server.control(faults=[servers.fault(name, times=1, seconds=20)], reset_log=True)
    eutils, clock = asked(server)
    eutils.search('"Synthetic Disease"[mh]')
    assert len(server.requests()) == 2
    assert 18 <= max(clock.slept) <= 20


def test_it_waits_longer_from_time_to_time_and_then_gives_up(servers, server):
    server.control(faults=[servers.fault("http_503")], reset_log=True)
    eutils, clock = asked(server)
    with pytest.raises(SearchFailed, match=rf"no usable answer after {ATTEMPTS} attempts; the last: HTTP 503"):
        eutils.search('"Synthetic Disease"[mh]')
    assert clock.slept == [1, 2, 4, 8, 16]


def test_a_source_that_asks_for_a_very_long_pause_is_left_alone(servers, server):
    server.control(faults=[servers.fault("http_429", seconds=86_400)], reset_log=True)
    eutils, clock = asked(server)
    with pytest.raises(SearchFailed, match="it asks for a pause of 86400 s"):
        eutils.search('"Synthetic Disease"[mh]')
    assert clock.slept == [] and len(server.requests()) == 1


def test_a_message_tells_what_came_but_not_the_key(servers, server):
    server.control(faults=[servers.fault("rate_limit_200")], reset_log=True)
    eutils, _ = asked(server)
    with pytest.raises(SearchFailed, match="API rate limit exceeded") as failed:
        eutils.search('"Synthetic Disease"[mh]')
    assert KEY not in str(failed.value) and "***" in str(failed.value)
    assert {request["parameters"]["api_key"] for request in server.requests()} == {KEY}


def test_nobody_there(server):
    eutils = EUtilities(Transport("http://127.0.0.1:9/", 1e6, (KEY,), sleep=lambda _: None), "a@example.org", KEY)
    with pytest.raises(SearchFailed, match=r"127\.0\.0\.1:9/esearch\.fcgi: no usable answer .* Nothing was added"):
        eutils.search("anything")
