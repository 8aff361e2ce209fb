"""Read by queries the parts of the data that a page shows: only the query processes hold it.

These run under the limits of the client that wants the page. What was read is kept until the data
changes.
"""
