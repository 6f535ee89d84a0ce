"""From what was decided about records to the counts that a review reports.

``flow``  the boxes of the PRISMA 2020 flow diagram and whether they add up
"""
