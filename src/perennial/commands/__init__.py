"""What `perennial` does, a module each: `add_command` puts it on the command line.

``new``      start a review in a folder of its own
``why``      where a value, a sentence or a file of results came from
``impact``   what depends on a record, study, report, arm, row or file, and the estimates without it
``update``   search, run the review, and say what happened; for a scheduler
``compare``  what changed between two releases, or since one, and why
``export``   write a release in the forms that other programs read
``audit``    whether a finished review is what it says it is, from its files alone
"""
