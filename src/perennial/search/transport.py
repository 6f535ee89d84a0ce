"""Questions over HTTP: no more a second than allowed, asked again when the answer is bad, given up with a reason."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import requests

T = TypeVar("T")

ATTEMPTS = 6
LONGEST_WAIT = 300.0
"""Seconds. A source that asks for a longer pause is left alone until the next run."""
LARGEST_ANSWER = 256 * 1024 * 1024
"""Bytes after decompression, ten times the largest honest answer: more is an attack or a mistake."""
AGAIN = {400, 408, 425, 429}
"""Besides 5xx. E-utilities answer 400 where its search backend failed."""


class SearchFailed(Exception):
    """A search that cannot be completed; the archive is as it was. The message says why and what to do."""


class BadAnswer(Exception):
    """What came is not an answer to what was asked; it may be next time."""


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes


@dataclass
class Transport:
    """One source at `address` (ending in a slash). `secrets` never appear in a message."""

    address: str
    per_second: float
    secrets: tuple[str, ...] = ()
    timeout: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    session: requests.Session = field(default_factory=requests.Session)
    _next: float = 0.0

    def ask(
        self,
        path: str,
        check: Callable[[Reply], T],
        *,
        params: Mapping[str, str | int] | None = None,
        form: Mapping[str, str | int] | None = None,
        missing: bool = False,
    ) -> T:
        """What `check` makes of the answer; it raises BadAnswer to have the question asked again.

        A `form` is posted, so that neither its length nor a key in it matters. With `missing`, a 404 is an answer.
        Raises SearchFailed after as many attempts as are decent.
        """
        reason = ""
        for attempt in range(ATTEMPTS):
            pause = min(2.0**attempt, LONGEST_WAIT)
            try:
                reply, asked_pause = self._once(path, params, form)
                if reply.status == 200 or (reply.status == 404 and missing):
                    return check(reply)
                reason = f"HTTP {reply.status}: {excerpt(reply.body)}"
                if reply.status < 500 and reply.status not in AGAIN:
                    break
                pause = max(pause, asked_pause)
            except (BadAnswer, requests.RequestException) as error:
                reason = str(error) or type(error).__name__
            if pause > LONGEST_WAIT:
                reason += f" (it asks for a pause of {pause:.0f} s)"
                break
            if attempt < ATTEMPTS - 1:
                self.sleep(pause)
        raise SearchFailed(
            f"{self.address}{path}: no usable answer after {attempt + 1} attempts; the last: {self._redacted(reason)}. "
            "Nothing was added to the archive. Remedy: run the search again later; it goes on where it stopped."
        )

    def _once(self, path: str, params: Mapping | None, form: Mapping | None) -> tuple[Reply, float]:
        now = self.clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.per_second
        with self.session.request(
            "POST" if form else "GET",
            self.address + path,
            params=params,
            data=form,
            timeout=self.timeout,
            stream=True,
            allow_redirects=False,
        ) as response:
            if response.is_redirect:
                raise BadAnswer("the address redirects elsewhere")
            body = bytearray()
            for chunk in response.iter_content(1 << 16):
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise BadAnswer(f"the answer is larger than {LARGEST_ANSWER >> 20} MiB")
            return Reply(response.status_code, bytes(body)), _pause(response.headers.get("Retry-After", ""))

    def _redacted(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return re.sub(r"(api[-_]key\W{1,5})[\w.:*-]+", r"\1***", text, flags=re.IGNORECASE)


def _pause(retry_after: str) -> float:
    """Seconds to wait, from a Retry-After header that gives seconds or a date; 0 where it gives neither."""
    if re.fullmatch(r"\d{1,9}", retry_after.strip()):
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def excerpt(body: bytes, length: int = 200) -> str:
    """The beginning of an answer, on one line."""
    text = " ".join(body[: 4 * length].decode("utf-8", "replace").split())
    return text if len(text) <= length else text[:length] + "…"
