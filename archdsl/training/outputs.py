"""What comes out of a network: a tensor, or several, as a network with auxiliary heads gives them in training."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def outputs_of(result: Any) -> tuple[Tensor, ...]:
    """All outputs in the order in which the spec names them; the first is the one that is trained for."""
    match result:
        case Tensor():
            return (result,)
        case dict():
            return tuple(result.values())
        case _:
            return tuple(result)


def first_output(result: Any) -> Tensor:
    """The output that a network is trained for."""
    return outputs_of(result)[0]
