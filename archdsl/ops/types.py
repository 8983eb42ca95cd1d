"""The types that arguments of operations and functions have, and how a text in their place is read."""

from enum import Enum
from typing import Annotated, Literal

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from archdsl.shapes import Batch, Shape


class Instance:
    """A type of which a value must be an instance. Pydantic's `InstanceOf` also describes what is inside, which takes its time."""

    @staticmethod
    def __get_pydantic_core_schema__(source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.is_instance_schema(source)


class Kind(Enum):
    """How the text of an argument is read (section 3 of the language)."""

    VALUE = "an expression"
    WORD = "one of listed words, else the name of a text parameter"
    AXIS = "an axis: its name or torch's number"
    AXES = "a list of axes"
    TEXT = "free text in which {expression} is filled in"
    TENSOR = "a tensor expression"
    TENSORS = "a list of tensors"
    LITERAL = "a number, true, false or none, else a word as it stands; an expression in parentheses"
    SIZES = "sizes, as a list or as the remaining positional arguments; the batch may be handed on"


Count = Annotated[int, Field(ge=1)]
"""a whole number, at least 1"""
Natural = Annotated[int, Field(ge=0)]
"""a whole number, at least 0"""
Probability = Annotated[float, Field(ge=0, le=1)]
Epsilon = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Size = Count | tuple[Count, ...]
"""one number for every spatial axis, or one for each"""
Offset = Natural | tuple[Natural, ...]
"""padding: one number for every spatial axis, or one for each"""
Padding = Offset | Literal["same"]
Axis = Annotated[int, Kind.AXIS]
Axes = Annotated[tuple[int, ...], Kind.AXES]
AxisOrAxes = Annotated[int | tuple[int, ...], Kind.AXES]
"""one axis, or a list of them"""
Pattern = Annotated[str, Kind.TEXT]
AnyShape = Annotated[Shape, Instance]
AnyBatch = Annotated[Batch, Instance]
Tensor = Annotated[AnyShape, Kind.TENSOR]
"""a tensor that a function takes; the model holds its shape"""
Operand = Annotated[AnyShape | int | float, Kind.TENSOR]
"""a tensor or a number"""
Like = Annotated[AnyShape | None, Kind.TENSOR]
"""a second tensor that an operation may take, for its size"""
LiteralValue = int | float | bool | str | tuple[int | float, ...] | None
Literals = Annotated[tuple[LiteralValue, ...], Kind.LITERAL]
Tensors = Annotated[tuple[AnyShape, ...], Kind.TENSORS]
Sizes = Annotated[tuple[int | AnyBatch, ...], Kind.SIZES]
