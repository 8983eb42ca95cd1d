"""What an operation declares. All that archdsl knows of one stands in its class; nothing asks for it by name anywhere else.

An operation is a module of torch: arguments (the fields), shapes, tensors, multiply-accumulates, and the recipe of the module. It knows
nothing of specs: what it refuses it raises as `Refused`, and the elaborator adds the place.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from archdsl.diagnostics import Refused
from archdsl.ops.sums import Sums
from archdsl.ops.types import Kind
from archdsl.shapes import Shape

Family = Literal["conv", "norm", "activation", "pool", "linear", "attention", "shape", "formula"]
"""what a drawing colours by; regularisation counts as activation"""

Dtype = Literal["float32", "int64", "bool"]
"""type of a tensor's numbers"""

Reach = tuple[tuple[int, int | Fraction], ...]
"""for each spatial axis: how many input positions one output position sees at most, and the input positions between two outputs
(a fraction where the output is larger)"""


@dataclass(frozen=True, slots=True)
class Init:
    """How one tensor gets its first values: an initialiser of the language and its arguments.

    >>> Init("kaiming_normal", (("mode", "fan_out"),))
    Init(function='kaiming_normal', arguments=(('mode', 'fan_out'),))
    """

    function: str
    arguments: tuple[tuple[str, float | str], ...] = ()


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A parameter or buffer of a module. `name` may hold dots (`out_proj.weight`)."""

    name: str
    shape: tuple[int, ...]
    init: Init
    buffer: bool = False
    dtype: Dtype = "float32"
    persistent: bool = True


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the module is made: `torch.nn.Conv2d(3, 64, kernel_size=7)` as data. Arguments equal to torch's defaults are left out.

    `path` is a dotted name in torch, or `archdsl.runtime.<file>.<Class>` for a module that torch lacks.
    """

    path: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """An item that the documentation shows and tests run: what flows in (sizes without batch), and what comes out."""

    call: str
    input: tuple[int, ...]
    output: tuple[int, ...]


class Declared(BaseModel):
    """What operations and functions share: a name, arguments as fields, examples."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    name: ClassVar[str]
    """the word a spec writes"""
    source: ClassVar[str]
    """torch class or paper"""
    further: ClassVar[Kind | None] = None
    """how arguments beyond the declared ones are read, where the class takes them (`extra="allow"`); surplus positional ones go, in order,
    to the field `arguments`, keywords stand under their own names"""

    @classmethod
    @cache
    def kinds(cls) -> dict[str, Kind]:
        """How each argument's text is read, in the order of the signature."""
        return {name: _kind(field.annotation, field.metadata) for name, field in cls.model_fields.items()}


def _kind(annotation: Any, metadata: list[Any]) -> Kind:
    for found in metadata:
        if isinstance(found, Kind):
            return found
    options = [annotation, *get_args(annotation)]
    for option in options:
        if get_origin(option) is Annotated:
            return _kind(get_args(option)[0], list(get_args(option)[1:]))
    words = [o for o in options if get_origin(o) is Literal]
    numbers = [o for o in options if o in (int, float, bool) or get_origin(o) is tuple]
    return Kind.WORD if words and not numbers else Kind.VALUE


class Op(Declared):
    """An operation: a module of torch. Subclass `UnaryOp` unless it takes or gives several tensors."""

    family: ClassVar[Family]
    examples: ClassVar[tuple[Example, ...]]
    pointwise: ClassVar[bool] = False
    """whether every output element depends on the input element at the same place alone"""
    probes: ClassVar[bool] = False
    """whether it asks torch for its shapes and tensors"""

    def results(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """Shapes out of shapes in, batch counted. Raises `Refused` when they do not fit, with the arithmetic."""
        raise NotImplementedError

    def declared(self, inputs: tuple[Shape, ...]) -> tuple[TensorSpec, ...]:
        """Parameters and buffers in torch's order of registration."""
        return ()

    def multiplications(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        """Multiply-accumulates for one example: half of what torch's FlopCounterMode counts."""
        return 0

    def sums(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Sums:
        """How sizes and multiply-accumulates come about; axes that are not named stay as they flow in."""
        return Sums()

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        """What one output position sees of the first input; `None` is all of it. Pointwise operations see one position."""
        return ((1, 1),) * len(inputs[0].spatial) if self.pointwise else None

    def unread(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> tuple[int, ...]:
        """Positions at the end of each spatial axis of the first input that nothing reads, because no window fits there any more."""
        return ()

    def module(self, inputs: tuple[Shape, ...]) -> Recipe:
        """How the torch module is made."""
        raise NotImplementedError

    def forward(self, inputs: tuple[Shape, ...]) -> str:
        """The call in `forward`, as Python in which `module` is the module and `x0`, `x1`, … are the inputs."""
        return f"module({', '.join(f'x{i}' for i in range(len(inputs)))})"

    @property
    def overwrites(self) -> bool:
        """Whether its module writes the result over its input."""
        return bool(vars(self).get("inplace"))

    def says(self, axes: int = 2) -> str:
        """The call as a person says it in a drawing or table: `conv 64 7×7 /2`. A kernel given as one number is shown for so many axes."""
        return self.name


def arity(inputs: tuple[Shape, ...], op: str, *counts: int) -> None:
    """Refuses a number of tensors that the operation does not take."""
    if len(inputs) in counts:
        return
    takes = "one tensor" if counts == (1,) else f"{' or '.join(str(c) for c in counts)} tensors"
    found = {0: "none flows in", 1: "one flows in"}.get(len(inputs), f"{len(inputs)} flow in")
    help = "`concat` or `add` them first, or say with `from:` which one is meant"
    raise Refused("AD3117", f"`{op}` takes {takes}, {found}", help=help if 1 in counts else None)


class UnaryOp(Op):
    """An operation that takes one tensor and gives one."""

    def infer(self, x: Shape) -> Shape:
        """Shape out of shape in."""
        raise NotImplementedError

    def tensors(self, x: Shape) -> tuple[TensorSpec, ...]:
        """Parameters and buffers."""
        return ()

    def macs(self, x: Shape, y: Shape) -> int:
        """Multiply-accumulates for one example."""
        return 0

    def recipe(self, x: Shape) -> Recipe:
        """How the torch module is made."""
        raise NotImplementedError

    def results(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        arity(inputs, self.name, 1)
        return (self.infer(inputs[0]),)

    def declared(self, inputs: tuple[Shape, ...]) -> tuple[TensorSpec, ...]:
        return self.tensors(inputs[0])

    def multiplications(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> int:
        return self.macs(inputs[0], outputs[0])

    def module(self, inputs: tuple[Shape, ...]) -> Recipe:
        return self.recipe(inputs[0])
