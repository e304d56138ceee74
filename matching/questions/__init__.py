"""What is asked beside a run, on exactly what it read: a price, a what-if, a comparison, a replay."""
