"""What people read: tables, sentences and the page.

``csv_table``  a table as a file
``page``       the living review as one self-contained page
"""
