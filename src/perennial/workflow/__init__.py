"""What the Snakefile needs while it is read: the review, its jobs' identity cards, and the lock.

``config``  the configuration against its schema
``review``  the configuration and the evidence of one review as of a date
``cards``   what each job of the workflow means; ``record_cards``, ``screening_cards``, ``work_cards``,
            ``living_cards`` hold parts of it
"""
