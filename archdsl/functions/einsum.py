"""Sums of products by the letters of axes."""

from math import prod

from archdsl.diagnostics import Refused
from archdsl.functions.base import Function
from archdsl.functions.rules import one_batch
from archdsl.ops.sums import Sums, times
from archdsl.ops.types import Tensors
from archdsl.shapes import Batch, Dim, Shape

DIGITS = "0123456789"
"""names for the axes behind `...`, counted from the last"""
FORM = "a letter stands for an axis, as in `b i k, b j k -> b i j`"


class Einsum(Function):
    """Products of tensors, summed over every letter that the right side leaves out; `...` stands for the axes not named.

    Raises AD2154 for an equation that is none, AD3155 where a letter stands for two sizes, AD3156 where an operand has more or fewer axes
    than letters, AD3151 where the batch would be summed.

    >>> x = Shape.example(4, 49, 32)
    >>> str(Einsum(equation="b h i d, b h j d -> b h i j", operands=(x, x)).infer())
    '4×49×49'
    """

    name = "einsum"
    source = "torch.einsum"
    code = "torch.einsum(equation, operands)"
    example = "einsum('b c i k, b c j k -> b c i j', x, x)"
    variadic = "operands"
    equation: str
    operands: Tensors

    def infer(self) -> Shape:
        terms, out = self._terms()
        sizes = self._sizes(terms)
        missing = next((c for c in out if c not in sizes), None)
        if missing is not None or len(set(out)) != len(out):
            wrong = missing or next(c for c in out if out.count(c) > 1)
            what = f"`{wrong}` is not on the left" if missing is not None else f"`{wrong}` stands on the right twice"
            raise Refused("AD2154", f"{what}, in `{self.equation}`", help=FORM, argument="equation")
        summed = next((c for c, d in sizes.items() if isinstance(d, Batch) and c not in out), None)
        if summed is not None:
            said = f"{self.equation!r} sums over {summed!r}, the batch: an example cannot see the others"
            raise Refused("AD3151", said, argument="equation")
        return Shape(one_batch([sizes[c] for c in out]), ())

    def macs(self, result: tuple[Shape, ...]) -> int:
        return sum(prod(step) for step in self._steps())

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        return Sums({}, " + ".join(times(*step) for step in self._steps()))

    def _steps(self) -> list[list[int]]:
        """The factors of each matrix product: torch multiplies from left to right, one (batched) for each operand after the first."""
        terms, out = self._terms()
        operands = list(zip(terms, self.operands, strict=True))
        have, steps = _counts(*operands[0]), []
        for i, operand in enumerate(operands[1:], 2):
            later = set(out).union(*terms[i:])
            step, have = _product(have, _counts(*operand), later)
            steps += [step] if step else []
        return steps

    def _terms(self) -> tuple[list[str], str]:
        """The letters of each operand and of the result, `...` written as digits."""
        text = self.equation.replace(" ", "")
        left, arrow, right = text.partition("->")
        terms = left.split(",")
        if not all((c.isascii() and c.isalpha()) for t in [*terms, right] for c in t.replace("...", "", 1)):
            said = f"an equation holds letters, commas and one `->`, found `{self.equation}`"
            raise Refused("AD2154", said, help=FORM, argument="equation")
        if len(terms) != len(self.operands):
            tensors = f"{len(self.operands)} tensor{'s' * (len(self.operands) != 1)}"
            said = f"`{self.equation}` has {len(terms)} term{'s' * (len(terms) != 1)} on the left for {tensors}"
            raise Refused("AD2154", said, help=FORM, argument="equation")
        full = [_spelled(t, x) for t, x in zip(terms, self.operands, strict=True)]
        hidden = "".join(d for d in DIGITS if any(d in t for t in full))
        if arrow:
            return full, right.replace("...", hidden)
        once = sorted(c for c in set(left) if c.isalpha() and left.count(c) == 1)
        return full, hidden + "".join(once)

    def _sizes(self, terms: list[str]) -> dict[str, Dim]:
        sizes: dict[str, Dim] = {}
        for letter, size in ((c, d) for t, x in zip(terms, self.operands, strict=True) for c, d in zip(t, x.dims, strict=True)):
            known = sizes.setdefault(letter, size)
            if 1 not in (known, size) and known != size:
                name = "..." if letter in DIGITS else letter
                raise Refused("AD3155", f"{name!r} of {self.equation!r} stands for {known} and for {size}", argument="operands")
            sizes[letter] = size if known == 1 else known
        return sizes


def _spelled(term: str, x: Shape) -> str:
    named = len(term.replace("...", ""))
    hidden = x.rank - named
    if hidden < 0 or hidden > len(DIGITS) or (hidden and "..." not in term):
        raise Refused("AD3156", f"{term!r} names {named} axes, {x} has {x.rank}, the batch counted", argument="operands")
    return term.replace("...", DIGITS[len(DIGITS) - hidden :])


def _counts(term: str, x: Shape) -> dict[str, int]:
    """Values an example along every letter; a batch of B counts as more than 1."""
    return {c: d.factor if isinstance(d, Batch) else d for c, d in zip(term, x.dims, strict=True)}


def _product(left: dict[str, int], right: dict[str, int], later: set[str]) -> tuple[list[int], dict[str, int]]:
    """Factors of the multiplications of one pair, and the letters it leaves. Only a letter summed over both makes it a matrix product."""
    merged = {c: max(left.get(c, 1), right.get(c, 1)) for c in left | right}
    shared = [c for c in merged if c not in later and left.get(c, 1) > 1 and right.get(c, 1) > 1]
    kept = {c: n for c, n in merged.items() if c in later}
    return ([*kept.values(), *(merged[c] for c in shared)] if shared else []), kept
