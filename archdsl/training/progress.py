"""How far a run is, and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from archdsl.diagnostics import Diagnostic
from archdsl.training.trainer import Tally


@dataclass
class Progress:
    """Steps taken, the step that was last evaluated, the best score so far (greater is better) with its step, the evaluations since then,
    the sums of the steps since the last row of the log, and the seconds of all sittings."""

    step: int = 0
    evaluated: int = 0
    best: float | None = None
    best_step: int = 0
    since_best: int = 0
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0

    def facts(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Progress:
        return cls(**{**facts, "tally": Tally(**facts["tally"])})


class Watch(Protocol):
    """Who shows a run while it goes on."""

    def begin(self, steps: int, per_epoch: int, text: str) -> None:
        """A run of so many steps begins; `text` says what of."""

    def step(self, progress: Progress, facts: Mapping[str, float]) -> None:
        """A step was taken and logged; `facts` is its line of the log."""

    def row(self, progress: Progress, facts: Mapping[str, float]) -> None:
        """The network was evaluated; `facts` is the row of the log."""

    def say(self, text: str) -> None:
        """A remark."""

    def warn(self, warnings: Sequence[Diagnostic]) -> None:
        """What should be known of the data."""


class Silent:
    """Shows nothing."""

    def begin(self, steps: int, per_epoch: int, text: str) -> None: ...

    def step(self, progress: Progress, facts: Mapping[str, float]) -> None: ...

    def row(self, progress: Progress, facts: Mapping[str, float]) -> None: ...

    def say(self, text: str) -> None: ...

    def warn(self, warnings: Sequence[Diagnostic]) -> None: ...
