"""Whether a finished review is what it says it is, from its files alone.

``finding``      what is altered, changed or not checked, and where
``subject``      the review that is audited
``differences``  where two forms of a table or a document differ
``releases``     the releases, by their chain of digests
``signature``    the git tag of the last release
``archives``     the archived searches, by the digests they were stored with
``evidence``     what people entered, against the last release
``code``         the programs that made the results
``cards``        what the results were made from, against what lies there
``results``      the results, by their digests
``page``         the numbers of the page, by their traces
``recompute``    the results, made again
``run``          all of these
``tell``         what they found, as text
"""
