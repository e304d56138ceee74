"""What the engine raises on purpose, each error named for what failed."""

from __future__ import annotations


class EngineError(Exception):
    """Base of everything the engine raises on purpose."""


class ProblemError(EngineError, ValueError):
    """Raised when a problem contradicts itself; the message names the field, the shapes or the pair."""


class Infeasible(EngineError):
    """Raised when the required minimums cannot be met.

    Attributes
    ----------
    required, reachable : int, the sum of all minimums and the most of it that any plan meets.
    binding : codes of the caps, minimums or capacities that stand in the way.
    """

    def __init__(self, required: int, reachable: int, binding: tuple[str, ...]) -> None:
        self.required, self.reachable, self.binding = required, reachable, binding
        super().__init__(
            f"at most {reachable} of the {required} required; binding: {', '.join(binding) or 'capacity'}"
        )


class NeedsResolve(EngineError):
    """Raised by `prices` where only `price`, by solving again, is exact: share, crossing caps, many pairs."""


class LibraryClash(EngineError):
    """Raised when another optimiser in the process would break OR-Tools."""
