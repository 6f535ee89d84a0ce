"""Updates that run by themselves: `perennial update` searches, runs the review, and says what happened.

``running``   a run of Snakemake, and why it failed
``standing``  how a review stands: what a message can tell
``news``      what is new since the last message
``wording``   a message in words: a subject, a mail, a summary
``messages``  messages as files, written whole, each told at least once and never two ways unnoticed
"""
