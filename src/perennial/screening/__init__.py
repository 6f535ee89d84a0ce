"""From what people decided about records to how each publication stands, and to the counts that a review reports.

``foreign``       decisions from Rayyan, Covidence, ASReview and tables
``matching``      which record of the review a tool's record is
``standing``      how a publication stands at one stage
``publications``  all of them, from records, duplicates and ledgers
``agreeing``      how far reviewers agree
``work``          what each person has to do next
``relevance``     an order for that, learnt from the decisions so far
``reports``       included publications that are no report of a study yet
``exclusions``    what was excluded and why, one by one
``update_flow``   the PRISMA boxes of an update; `flow` those of a version that is known by its counts
"""
