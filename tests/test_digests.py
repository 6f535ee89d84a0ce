"""A digest tells texts apart by what they say, and everything else by its bytes."""

import pytest

from perennial.digests import content_sha256


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"a\nb\n", b"a\r\nb\r\n", True),
        (b"a\nb\n", b"a\nb", False),
        (b"a\nb\n", b"a\rb\n", False),
        (b"\0a\n", b"\0a\r\n", False),
    ],
)
def test_line_ends_do_not_matter_in_a_text_and_do_in_bytes(one, other, same):
    assert (content_sha256(one) == content_sha256(other)) is same
