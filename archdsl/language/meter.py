"""What one evaluation may cost: steps, and the size of each value that it makes."""

from __future__ import annotations

from math import isfinite

from archdsl.diagnostics import Fault
from archdsl.language.shown import kind, measure
from archdsl.language.tree import Expression
from archdsl.limits import Limits


class Meter:
    """Counts the steps of one evaluation against its limits. A list or text costs as many steps as it has elements, all counted."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.steps = 0

    def charge(self, node: Expression, steps: int) -> None:
        """Counts steps. Raises a `Fault` (AD5023) beyond the limit."""
        self.reserve(node, steps, "the expression takes more steps than it may")
        self.steps += steps

    def reserve(self, node: Expression, steps: int, what: str) -> None:
        """Raises a `Fault` (AD5023) if there are not that many steps left."""
        most = self.limits.steps
        if self.steps + steps > most:
            help = f"raise it with `--limit steps={max(10 * most, self.steps + steps)}`"
            raise Fault("AD5023", node.span, f"{what}; the limit `steps` is {most:,}", help=help)

    def checked(self, node: Expression, value: object) -> object:
        """A value that was computed, if it keeps within the limits. Raises a `Fault` (AD5004, AD5022, AD5023; AD1412 for infinity)."""
        if isinstance(value, int):
            self.fits(node, value.bit_length())
        elif isinstance(value, float) and not isfinite(value):
            raise Fault("AD1412", node.span, "the result is too large for a number")
        elif isinstance(value, (list, tuple, str)):
            self._holds(node, value)
        return value

    def fits(self, node: Expression, bits: int) -> None:
        """Raises a `Fault` (AD5004) for a whole number of so many bits, its sign not counted, if that is too many."""
        most = self.limits.integer_bits
        if bits >= most:
            message = f"this whole number does not fit within {most} bits, the limit `integer_bits`"
            raise Fault("AD5004", node.span, message, help=f"raise it with `--limit integer_bits={bits + 1}`")

    def _holds(self, node: Expression, value: object) -> None:
        size, depth = measure(value, self.limits.steps)
        self.reserve(node, size, f"with {kind(value)} of {size:,} or more elements the expression takes more steps than it may")
        self.steps += size
        if depth > self.limits.depth:
            raise Fault("AD5022", node.span, f"a list nested {depth} deep; the limit `depth` is {self.limits.depth}")
