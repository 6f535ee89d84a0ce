"""Appraisal of risk of bias: what a tool asks, what people answered, which answer counts.

``checklists``   a tool as configuration: its items, its answers, how an answer is drawn
``answers``      the answer that counts for each study and item, and the conflicts
``sentence``     the appraisal in words
``form``         what is still to be answered, as a list to fill in

No score is summed, not even for a tool whose answers look like points: a sum gives every item the same weight and hides
which one failed.
"""
