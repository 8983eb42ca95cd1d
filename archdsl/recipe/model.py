"""A recipe: what training is told, checked. Each field says what it may be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, model_validator

from archdsl.recipe.called import Called, Interval
from archdsl.recipe.kinds import Choice, Number, Time, Truth, maybe
from archdsl.recipe.tables import DATA, LOSS, OPTIMIZER, SCHEDULE, TRANSFORM

Precision = Literal["fp32", "tf32", "bf16", "fp16"]
PRECISIONS = (
    ("float32", "fp32"), ("single", "fp32"), ("full", "fp32"), ("32", "fp32"), ("tensorfloat32", "tf32"), ("bfloat16", "bf16"),
    ("bf16-mixed", "bf16"), ("amp", "bf16"), ("mixed", "bf16"), ("mixed_bfloat16", "bf16"), ("true", "bf16"), ("float16", "fp16"),
    ("half", "fp16"), ("16", "fp16"), ("16-mixed", "fp16"), ("mixed_float16", "fp16"),
)  # fmt: skip
"""what PyTorch, Lightning and Keras call them"""
COUNT = Number(1, whole=True)
ALPHA = Number(0)
Call = Annotated[Called, SkipValidation()]
Calls = Annotated[tuple[Called, ...], SkipValidation()]
Every = Annotated[Interval, SkipValidation()]


class Recipe(BaseModel):
    """How a network is trained. Read by `read_recipe`, which checks every value; made directly it takes what it is given.

    `batch_size` counts the examples of one step of the optimiser, over all processes and all parts of `accumulate`.

    >>> Recipe(steps=500).epochs is None, str(Recipe().optimizer)
    (True, 'adamw 0.001')
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, defer_build=True)

    data: Annotated[Call, DATA] = Field(default_factory=lambda: DATA.words["digits"].called("digits", {}))
    transforms: Annotated[Calls, TRANSFORM] = ()
    eval_transforms: Annotated[Calls | None, TRANSFORM] = None
    batch_size: Annotated[int, COUNT] = 128
    eval_batch_size: Annotated[int, COUNT] = 100
    epochs: Annotated[int | None, maybe(COUNT)] = None
    steps: Annotated[int | None, maybe(COUNT)] = None
    optimizer: Annotated[Call, OPTIMIZER] = Field(default_factory=lambda: OPTIMIZER.words["adamw"].called("adamw", {"lr": 0.001}))
    schedule: Annotated[Call, SCHEDULE] = Field(default_factory=lambda: SCHEDULE.words["constant"].called("constant", {}))
    loss: Annotated[Call, LOSS] = Field(default_factory=lambda: LOSS.words["cross_entropy"].called("cross_entropy", {}))
    aux_weight: Annotated[float, Number(0)] = 0.3
    mixup: Annotated[float, ALPHA] = 0.0
    cutmix: Annotated[float, ALPHA] = 0.0
    ema: Annotated[float | None, maybe(Number(over=0, under=1))] = None
    clip_grad_norm: Annotated[float | None, maybe(Number(over=0))] = None
    accumulate: Annotated[int, COUNT] = 1
    precision: Annotated[Precision, Choice(("fp32", "tf32", "bf16", "fp16"), PRECISIONS)] = "fp32"
    channels_last: Annotated[bool, Truth()] = False
    compile: Annotated[bool, Truth()] = False
    deterministic: Annotated[bool, Truth()] = False
    seed: Annotated[int, Number(0, 2**32 - 1, whole=True)] = 0
    eval_every: Annotated[Every, Time()] = Interval(1, "epochs")
    save_every: Annotated[Every, Time()] = Interval(1, "epochs")
    log_every: Annotated[Every, Time("steps")] = Interval(10, "steps")
    early_stopping: Annotated[int | None, maybe(COUNT)] = None
    workers: Annotated[int, Number(0, whole=True)] = 0
    cache: Annotated[Literal["none", "device"], Choice(("none", "device"))] = "none"

    @model_validator(mode="before")
    @classmethod
    def _ends(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Ten epochs where neither `epochs` nor `steps` is said."""
        unsaid = given.get("epochs") is None and given.get("steps") is None
        return {**given, "epochs": 10} if unsaid else given


def kind_of(key: str) -> Any:
    """What a key of a recipe takes: a kind of values, or the table of its words."""
    return Recipe.model_fields[key].metadata[-1]
