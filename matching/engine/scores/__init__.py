"""From what each side said to integer points for every pair; knows nothing of plans."""
