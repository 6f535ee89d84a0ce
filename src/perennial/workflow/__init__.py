"""What the Snakefile needs while it is read: the review, its jobs' identity cards, and the lock.

``config``  the configuration against its schema
``review``  the configuration and the evidence of one review as of a date
``cards``   what each job of the workflow means
``lock``    one run at a time
"""
