"""A search that outlived the run that started it is waited for, not disturbed."""

import os
import threading
import time

from perennial.lock import take_lock
from perennial.search.archive import LOCK, STAGING, wait_for_others


def test_one_waits_until_the_other_has_ended(tmp_path):
    (tmp_path / STAGING / "pubmed").mkdir(parents=True)
    held, ended = take_lock(tmp_path / STAGING / "pubmed" / LOCK), []

    def end():
        time.sleep(0.3)
        ended.append(True)
        os.close(held)

    threading.Thread(target=end).start()
    wait_for_others(tmp_path, "pubmed")
    assert ended
    wait_for_others(tmp_path, "crossref")
