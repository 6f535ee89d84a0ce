"""What people read: tables, sentences and the page.

``csv_table``  a table as a file
``page``       the living review as one self-contained page
``display``    result tables as a reader wants them
``sentences``  results in words
``methods``    the methods in words, from the configuration
``manuscript`` the results section of a paper, as ``blocks`` written ``to_html``, ``to_markdown`` and ``to_docx``
``checklists`` reporting checklists filled from the run
"""
