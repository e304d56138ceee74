"""The desk's pages over registers, responses, candidates and needs."""
