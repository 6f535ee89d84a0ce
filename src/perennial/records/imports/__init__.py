"""Exports of databases that have no open interface, read whatever the platform made of them.

`read` is the entry: bytes become text (`decoding`), the format is told from the text (`sniff`), a module for each
format cuts the text into records whose fields stand under the source's names (`pieces`), and `compose` makes records
of them. Cutting comes first everywhere, so that a bad record costs no other and its own text is at hand.

For tagged texts (RIS, MEDLINE, Web of Science, EndNote) finding records without losing any means recognising tags,
continuation lines and missing ends; that done, nothing is left for rispy and nbib to read, which lose what they do not
expect. The tests hold us to their reading wherever they manage one. BibTeX is read by bibtexparser, XML by lxml, tables
by csv and openpyxl.
"""
