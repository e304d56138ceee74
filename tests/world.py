"""One small world, made through the rooms, in which every address of the portal has something to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class World:
    """The objects that rows of the access table may name; filled by `make_world`."""

    things: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Return a thing by name."""
        try:
            return self.things[name]
        except KeyError:
            raise AttributeError(name) from None
