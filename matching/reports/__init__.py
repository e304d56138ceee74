"""Figures, public lists and sheets are read from the rows, as far as the reader may see;
nothing here writes.
"""
