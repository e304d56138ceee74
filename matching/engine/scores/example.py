"""The worked pair of docs/scoring.md, two places that do not exist: the examples here score them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from matching.engine.scores.criteria import CandidateFeatures, MunicipalityFeatures, shares

THEMES: Final = ("education", "youth", "water-wastewater", "winter-relief")
OBLASTS: Final = ("UA01",)

EKSEMPEL: Final = replace(
    MunicipalityFeatures.unknown(["Eksempel"], THEMES, OBLASTS),
    offer_level=np.array([[4, 2, 3, 0]], np.int8),
    long_horizon=np.array([True]),
    wishes=np.array([[False, True, False, True]]),
    population=np.array([24_000]),
    traits=np.array([[1, 2, 1, 0, -1, 0]]),
    preference=np.array([0]),
    short_term_capacity=np.array([1]),
    languages=np.array([0b10001]),
    languages_known=np.array([True]),
    ties=np.array([[True]]),
    contacts_known=np.array([True]),
    months_waited=np.array([3]),
)
PRYKLAD: Final = replace(
    CandidateFeatures.unknown(["Pryklad"], THEMES, OBLASTS),
    needs=shares(np.array([[[0, 2], [0, 4], [0, 1], [1, 0]]])),
    teaches=np.array([[False, True, False, False]]),
    population=np.array([61_000]),
    traits=np.array([[0, 2, 1, 1, 1, 0]]),
    category=np.array([1]),
    active_partners=np.array([1]),
    acute_needs=np.array([2]),
    languages=np.array([0b00011]),
    languages_known=np.array([True]),
    months_waited=np.array([9]),
)
