"""Screening decisions out of the tools in which people make them: Rayyan, Covidence, ASReview, tables and plain RIS.

`read` is the entry; what the file itself does not tell (who screened, at which stage, when) stands in a `sidecar`.
What a tool calls a record is matched to the records of the review elsewhere, then `ledger` makes rows of the ledger.
"""
