"""How good the curation is, as readers judge samples of a release.

round: the samples of one release, and what the readers say; a folder of CSV files.
sheet: the file of one sample, with a row for each item and columns for the answers. Each reader
    gets a copy, `evidence-a.csv` for reader a.
key: what the readers must not see, `evidence-key.csv`: each item's graph and status.
"""
