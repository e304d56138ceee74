"""AUC's needs and offers of a candidate are current and dated.

What a hromada says waits until AUC accepts it.
"""
