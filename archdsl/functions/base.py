"""What a function of formulas declares: tensors and arguments as fields, the shape of its result, and the Python that computes it."""

from typing import Any, ClassVar

from pydantic import model_validator

from archdsl.ops.base import Declared, Dtype, Reach
from archdsl.ops.sums import Sums
from archdsl.ops.types import Kind
from archdsl.shapes import Shape


class Function(Declared):
    """A function of formulas. Fields of kind TENSOR and TENSORS hold the shapes of what it is called with; others numbers or words.

    `code` is a Python expression over the field names, into which the generator puts variables and literals: `torch.softmax(x, dim)`.
    It may use `torch`, `torch.nn.functional` as `F`, and `self.training`. The members of a list field `xs` are `xs0`, `xs1`, …
    What is written `, dim=dim` is left out when it has its default.
    """

    code: ClassVar[str]
    example: ClassVar[str]
    """a formula over `x` (3×8×8) that tests run"""
    variadic: ClassVar[str] = ""
    """the field that takes the remaining positional arguments, as an alternative to one list"""
    creates: ClassVar[bool] = False
    """whether it makes a tensor out of numbers, on the CPU: a generated forward moves the result with `.to(x.device)`"""
    pointwise: ClassVar[bool] = False
    gives: ClassVar[Dtype | None] = None
    """type of the result's numbers where it is always the same; else it follows from what the function is called with"""

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, given: dict[str, Any]) -> dict[str, Any]:
        """One value for the variadic field is a list of it."""
        lone = given.get(cls.variadic)
        return given if lone is None or isinstance(lone, tuple) else {**given, cls.variadic: (lone,)}

    def infer(self) -> Shape | tuple[Shape, ...]:
        """Shape of the result, a tuple for functions that give several. Raises `Refused` when the arguments do not fit."""
        raise NotImplementedError

    def macs(self, result: tuple[Shape, ...]) -> int:
        """Multiply-accumulates for one example: half of what torch's FlopCounterMode counts."""
        return 0

    def sums(self, result: tuple[Shape, ...]) -> Sums:
        """How sizes of the first result and multiply-accumulates come about, where there is something to work out."""
        return Sums()

    def dtype(self, given: tuple[Dtype, ...]) -> Dtype:
        """Type of the result's numbers, where the tensors have those `given`: the widest of tensors and numbers between them."""
        numbers = (value for name, kind in self.kinds().items() if kind is Kind.TENSOR for value in [getattr(self, name)])
        return self.gives or widest(*given, *(dtype_of(value) for value in numbers if isinstance(value, int | float)))

    def reach(self) -> Reach | None:
        """What one output position sees of each tensor; `None` is all of it. Pointwise functions see one position."""
        result = self.infer()
        shape = result[0] if isinstance(result, tuple) else result
        return ((1, 1),) * len(shape.spatial) if self.pointwise else None

    def says(self) -> str:
        """The call as a person says it in a drawing or table, tensors and defaults left out: `softmax -1`, `mean 1 keepdim`."""
        fields = type(self).model_fields
        given = {name: value for name, value in self.numbers().items() if value != fields[name].default}
        return " ".join([self.name, *(name if value is True else _say(value) for name, value in given.items())])

    def numbers(self) -> dict[str, object]:
        """The arguments that are no tensors."""
        given = {name: getattr(self, name) for name in self.kinds()}
        tensors = [name for name, kind in self.kinds().items() if kind in (Kind.TENSOR, Kind.TENSORS)]
        return {name: value for name, value in given.items() if name not in tensors or isinstance(value, int | float)}

    def python(self) -> str:
        """The expression that computes it, defaults left out."""
        code = self.code
        for name, field in type(self).model_fields.items():
            if not field.is_required() and getattr(self, name) == field.default:
                code = code.replace(f", {name}={name}", "")
        return code


def dtype_of(number: float) -> Dtype:
    """Type of a number in a formula, which is widened to no more than it needs."""
    return "float32" if isinstance(number, float) else "int64"


def widest(*dtypes: Dtype) -> Dtype:
    """The type that holds all of them. Source: torch's type promotion.

    >>> widest("bool", "int64")
    'int64'
    """
    order: tuple[Dtype, ...] = ("bool", "int64", "float32")
    return order[max(map(order.index, dtypes), default=2)]


def _say(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return ",".join(map(_say, value)) if isinstance(value, tuple) else str(value)
