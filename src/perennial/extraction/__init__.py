"""From the evidence tables to the rows that count for an analysis.

``problems``   what is wrong or odd in an input, and how to mend it
``tables``     reading one table against its schema
``evidence``   the tables of a review together
``checks``     what one table alone cannot tell
``percentages``  which counts a printed percentage can stand for
``selection``  the rows that count for an outcome, a group and a date
"""
