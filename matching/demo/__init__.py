"""The demo: a portal that has been in use for a year, made by the services in the order of time,
whole or not at all.
"""

from __future__ import annotations

from matching.demo.demo_runs import RunFailed
from matching.demo.seed import NoRegisters, NotEmpty, seed

__all__ = ["NoRegisters", "NotEmpty", "RunFailed", "seed"]
