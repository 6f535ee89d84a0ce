"""What keeps a review alive: frozen versions, and what changed between them and why.

``releases``   versions in data/releases/, each chained by digest to the one before
``causes``     the change of an estimate, split into code, method, corrected data and new evidence
``changes``    which studies came, went or changed
``comparison`` two versions side by side, from studies to signals
``signals``    which changes matter, each by a rule with its numbers
``history``    the evidence as it stood day by day, a step each time that what is pooled changed
``back_test``  on which date of the history each signal would have fired
``schedule``   when each source is to be searched again, and which search is overdue
``statement``  what the review says of its living mode, and what it leaves unsaid
``notices``    results with and without reports that were retracted, corrected or doubted, and what was decided
``words``      what changed, in sentences and tables
"""
