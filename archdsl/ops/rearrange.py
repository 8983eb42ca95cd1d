"""Axes cut, moved and folded by a pattern."""

from pydantic import ConfigDict

from archdsl.ops.base import Example, Reach, Recipe, UnaryOp
from archdsl.ops.checks import here, options
from archdsl.ops.patterns import Plan, folded, plan
from archdsl.ops.sums import Sums
from archdsl.ops.types import Count, Kind, Pattern
from archdsl.shapes import Shape


class Rearrange(UnaryOp):
    """The axes of a tensor, batch first, as the pattern writes them; further keywords are lengths of axes."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Count]

    name, family = "rearrange", "shape"
    source = "einops.rearrange; Rogozhnikov 2022, Einops"
    further = Kind.VALUE
    examples = (
        Example('rearrange "b c h w -> b (h w) c"', (64, 7, 7), (49, 64)),
        Example('rearrange "b c (h p) (w q) -> b (h w) (p q c)" p=4 q=4', (3, 32, 32), (64, 48)),
    )

    pattern: Pattern
    """the axes as they are and as they become, einops' way; each length that must be known is an argument of the axis' name"""

    def _plan(self, x: Shape) -> Plan:
        return plan(self.pattern, x, self.model_extra or {})

    def infer(self, x: Shape) -> Shape:
        return self._plan(x).result

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        return Sums(folded(self.pattern, inputs[0], self.model_extra or {}))

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        found = self._plan(inputs[0])
        return None if found.cuts or found.folds else here(inputs[0])

    def recipe(self, x: Shape) -> Recipe:
        found = self._plan(x)
        return Recipe(
            "archdsl.runtime.rearrange.Rearrange", (), options(cuts=(found.cuts, ()), order=(found.order, None), folds=(found.folds, ()))
        )

    def says(self, axes: int = 2) -> str:
        return f"rearrange {self.pattern}"
