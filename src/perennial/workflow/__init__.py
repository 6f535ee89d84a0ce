"""What the Snakefile needs while it is read: the review, its jobs' identity cards, and the lock.

``config``  the configuration against its schema
``review``  the configuration and the evidence of one review as of a date
``cards``   writing what each job means, and removing what no job makes any more
``*_cards`` what the jobs of each part mean; ``settings`` what they share
"""
