"""In-place operations never change a tensor that is read elsewhere, and stay in place where nobody can tell."""

from __future__ import annotations

import pytest

import archdsl

torch = pytest.importorskip("torch")

HEAD = "input: [3, 8, 8]\nblocks: {act: [relu inplace=true], conv_act: [conv 3, relu inplace=true], same: [identity]}\n"
OVERWRITTEN = {
    "the identity of a residual": "- conv 3\n- residual: [relu inplace=true, conv 3]",
    "the input of the network": "- relu inplace=true\n- {add: [x, input]}",
    "a label that is read later": "- {conv: 3, as: a}\n- relu inplace=true\n- {add: [x, a]}",
    "through a view": "- {conv: 3, as: a}\n- identity\n- relu inplace=true\n- {add: [x, a]}",
    "through a block": "- {conv: 3, as: a}\n- act\n- {add: [x, a]}",
    "through a block that passes on": "- {conv: 3, as: a}\n- same\n- relu inplace=true\n- {add: [x, a]}",
    "an operand that other operands read": "- conv 3\n- add: [[relu inplace=true], [conv 3 1]]",
    "dropout in eval": "- {conv: 3, as: a}\n- dropout 0.1\n- relu inplace=true\n- {add: [x, a]}",
}


def outputs(body: str) -> tuple[torch.Tensor, torch.Tensor]:
    """What a spec gives with `inplace` and without."""
    made = []
    spec = HEAD + "body:\n" + "".join(f"  {line}\n" for line in body.split("\n"))
    for text in (spec, spec.replace(" inplace=true", "")):
        model = archdsl.build(text, seed=0).eval()
        with torch.no_grad():
            made.append(model(torch.linspace(-1, 1, 192).view(1, 3, 8, 8).clone()))
    return made[0], made[1]


@pytest.mark.parametrize("name", OVERWRITTEN)
def test_results_are_those_without_inplace(name: str) -> None:
    first, second = outputs(OVERWRITTEN[name])
    assert torch.equal(first, second)


def test_a_tap_before_an_inplace_operation_is_not_overwritten() -> None:
    spec = HEAD + "body:\n  - {use: conv_act, outputs: ['0', '1'], as: [a, b]}\n  - {add: [a, b]}\n"
    plain = spec.replace(" inplace=true", "")
    x = torch.linspace(-1, 1, 192).view(1, 3, 8, 8)
    first, second = (archdsl.build(text, seed=0).eval()(x) for text in (spec, plain))
    assert torch.equal(first, second)


def test_inplace_is_kept_where_nobody_can_tell() -> None:
    model = archdsl.build(HEAD + "body: [conv_act, conv 3, batch_norm, relu inplace=true]\n")
    assert [m.inplace for m in model.modules() if isinstance(m, torch.nn.ReLU)] == [True, True]


@pytest.mark.parametrize("before", ["sigmoid", "tanh", "relu", "softmax dim=1", "elu", "dropout 0.1", "[conv 3, sigmoid]"])
def test_gradients_pass_an_inplace_operation(before: str) -> None:
    model = archdsl.build(HEAD + f"body:\n  - conv 3\n  - {before}\n  - relu inplace=true\n  - conv 3\n", seed=0)
    model(torch.ones(1, 3, 8, 8)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
