"""What keeps a review alive: frozen versions, and what changed between them and why.

``releases``  versions in data/releases/, each chained by digest to the one before
``causes``    the change of an estimate, split into code, method, corrected data and new evidence
``changes``   studies and estimates before and after
``signals``   which changes matter, each by a rule with its numbers
``history``   the evidence as it stood day by day, a step each time that what is pooled changed
``back_test`` on which date of the history each signal would have fired
``schedule``  when each source is to be searched again, and which search is overdue
``statement`` what the review says of its living mode, and what it leaves unsaid
``words``     the changes as Markdown
"""
