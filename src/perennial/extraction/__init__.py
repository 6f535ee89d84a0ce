"""From the evidence tables to the rows that count for an analysis.

``evidence``     the tables of a review together, with the lists that were handed back
``horizon``      what was known on a day
``consensus``    what extractors found, cell by cell, and the row that counts
``overlaps``     results that may be of the same patients
``selection``    the rows that count for an outcome, a group and a date
``checks``       what one table alone cannot tell
``acceptance``   failed checks that a person accepts, and the studies that the others hold back
``percentages``  which counts a printed percentage can stand for
``forms``        lists for people to fill in
"""
