"""What pages show of data that only the query processes hold: each part is read by queries.

These run under the limits of the client that wants the page. What was read is kept until the data
changes.
"""
