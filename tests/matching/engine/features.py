"""Feature records from a seed, with gaps, rules and every class of every criterion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from matching.engine.scores.criteria import (
    COLUMN_RULES,
    OFFER_LEVELS,
    PAIR_RULES,
    CandidateFeatures,
    MunicipalityFeatures,
    PairFacts,
    shares,
)

THEMES = tuple(f"theme-{k}" for k in range(26))
OBLASTS = tuple(f"UA{k:02}" for k in range(27))


def municipalities(seed: int, n: int, missing: float = 0.2) -> MunicipalityFeatures:
    """Return n rows; each answer is missing with the given chance."""
    random = np.random.default_rng([1, seed])
    blank = MunicipalityFeatures.unknown([f"{k:06}" for k in range(n)], THEMES, OBLASTS)

    def known() -> npt.NDArray[np.bool_]:
        return random.random(n) >= missing

    traits = random.integers(0, 2, (n, 6))
    traits[:, 1] = random.integers(0, 3, n)
    return replace(
        blank,
        offer_level=random.choice(np.array(OFFER_LEVELS, np.int8), (n, 26), p=[0.75, 0.1, 0.1, 0.05]),
        short_horizon=random.random(n) < 0.6,
        long_horizon=random.random(n) < 0.8,
        wishes=(random.random((n, 26)) < 0.15) & known()[:, None],
        population=np.where(known(), (10 ** random.normal(4, 0.5, n)).astype(np.int64), -1),
        traits=np.where(random.random((n, 6)) >= missing, traits, -1).astype(np.int8),
        preference=np.where(known(), random.choice(3, n, p=[0.6, 0.25, 0.15]), -1).astype(np.int8),
        refusal=random.choice(3, n, p=[0.9, 0.08, 0.02]).astype(np.int8),
        short_term_capacity=np.where(known(), random.integers(0, 4, n), -1).astype(np.int8),
        languages=random.choice([1, 17, 19, 21, 25], n).astype(np.uint8),
        languages_known=known(),
        interpreter=random.random(n) < 0.2,
        ties=(random.random((n, 27)) < 0.05),
        contacts_known=known(),
        months_waited=random.integers(0, 18, n).astype(np.int32),
        capacity=random.integers(1, 4, n).astype(np.int32),
        rules=tuple(random.choice(["", "no_capacity"], n, p=[0.97, 0.03]).tolist()),
        counties=tuple(f"{k:02}" for k in random.integers(0, 15, n)),
    )


def candidates(seed: int, m: int, missing: float = 0.2) -> CandidateFeatures:
    """Return m columns; each answer is missing with the given chance."""
    random = np.random.default_rng([2, seed])
    blank = CandidateFeatures.unknown([f"UA{k:017}" for k in range(m)], THEMES, OBLASTS)
    urgencies = random.integers(1, 5, (m, 26, 2)) * (random.random((m, 26, 2)) < 0.12)
    traits = random.integers(0, 2, (m, 6))
    traits[:, 1] = random.integers(0, 3, m)
    oblast = random.integers(0, 27, m)
    return replace(
        blank,
        needs=np.stack([shares(need) for need in urgencies]) if m else blank.needs,
        urgent=urgencies == 1,
        teaches=(random.random((m, 26)) < 0.2) & (random.random(m) >= missing)[:, None],
        population=np.where(
            random.random(m) >= missing, (10 ** random.normal(4.3, 0.5, m)).astype(np.int64), -1
        ),
        traits=np.where(random.random((m, 6)) >= missing, traits, -1).astype(np.int8),
        category=(1 + (oblast >= 12)).astype(np.int8),
        active_partners=np.where(random.random(m) >= missing, random.integers(0, 6, m), -1).astype(np.int32),
        acute_needs=random.integers(0, 4, m).astype(np.int8),
        languages=random.choice([2, 3, 7, 10], m).astype(np.uint8),
        languages_known=random.random(m) >= missing,
        interpreter=random.random(m) < 0.3,
        oblast=oblast,
        months_waited=random.integers(0, 18, m).astype(np.int32),
        capacity=random.integers(1, 4, m).astype(np.int32),
        rules=tuple(random.choice(["", *COLUMN_RULES], m, p=[0.95] + [0.01] * 5).tolist()),
    )


def pair_facts(seed: int, n: int, m: int) -> PairFacts:
    """Return a few forbidden pairs and a few contacts."""
    random = np.random.default_rng([3, seed])
    count = n * m // 200 + 1
    forbidden = np.stack([random.integers(0, n, count), random.integers(0, m, count)], axis=1)
    contacts = np.stack([random.integers(0, n, count), random.integers(0, m, count)], axis=1)
    return PairFacts(forbidden, tuple(random.choice(PAIR_RULES, count).tolist()), contacts)
