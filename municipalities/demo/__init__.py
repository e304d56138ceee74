"""Fictional answers, candidates and needs on real codes and names, made through the services.

Equal for equal seeds.

Nothing here is a fact about a real place: free texts begin with «Demo», candidates are marked as fictional,
and a category is argued with what the official list said and nothing else.
"""
