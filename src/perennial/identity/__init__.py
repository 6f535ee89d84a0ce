"""What a job means, written down: its rows of evidence, its settings, its code. A job whose card is the same is done.

``card``  reading and writing identity cards, and the results made from them
``code``  which modules and packages a program can reach, and what they are
"""
