"""The desk's pages over schemes, runs, proposals and agreements."""
