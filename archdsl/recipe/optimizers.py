"""The optimisers of torch.optim, with torch's own defaults and the ranges that their papers give."""

from __future__ import annotations

from archdsl.recipe.kinds import Choice, Kind, Number, Row, Truth, maybe
from archdsl.recipe.words import Argument, Word

SHARE = Number(0, under=1)
NATURAL = Number(0)
KINDS: dict[str, Kind] = {
    "lr": Number(over=0),
    "weight_decay": NATURAL,
    "betas": Row((SHARE, SHARE)),
    "eps": NATURAL,
    "momentum": SHARE,
    "dampening": Number(0, 1),
    "nesterov": Truth(),
    "amsgrad": Truth(),
    "centered": Truth(),
    "decoupled_weight_decay": Truth(),
    "rho": Number(0, 1),
    "alpha": Number(0, 1),
    "lambd": NATURAL,
    "t0": NATURAL,
    "lr_decay": NATURAL,
    "initial_accumulator_value": NATURAL,
    "momentum_decay": NATURAL,
    "etas": Row((Number(over=0, under=1), Number(over=1))),
    "step_sizes": Row((Number(over=0), Number(over=0))),
    "beta2_decay": Number(high=0),
    "d": Number(1),
    "ns_coefficients": Row((Number(), Number(), Number())),
    "ns_steps": Number(1, under=100, whole=True),
    "adjust_lr_fn": maybe(Choice(("original", "match_rms_adamw"))),
    "foreach": maybe(Truth()),
    "fused": maybe(Truth()),
}
"""what an argument may be, the same wherever it stands"""
RELATIVE = Row((maybe(NATURAL), NATURAL))
BETAS = (0.9, 0.999)
LEFT_OUT = frozenset(("params", "maximize", "differentiable", "capturable"))
"""arguments that a recipe does not have: it descends, and steps are not recorded"""


def _optimizer(name: str, says: str, kinds: dict[str, Kind] | None = None, **defaults: object) -> Word:
    given = {**KINDS, **(kinds or {})}
    return Word(f"torch.optim.{name}", {key: Argument(given[key], default) for key, default in defaults.items()}, says)


OPTIMIZERS: dict[str, Word] = {
    "adadelta": _optimizer(
        "Adadelta", "Zeiler 2012: steps as long as the last ones were.", lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, foreach=None
    ),
    "adafactor": _optimizer(
        "Adafactor", "Shazeer and Stern 2018: Adam with memory of rows and columns only.", {"eps": RELATIVE},
        lr=0.01, beta2_decay=-0.8, eps=(None, 0.001), d=1.0, weight_decay=0.0, foreach=None,
    ),
    "adagrad": _optimizer(
        "Adagrad", "Duchi et al. 2011: steps shrink with all gradients so far.",
        lr=0.01, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, foreach=None, fused=None,
    ),
    "adam": _optimizer(
        "Adam", "Kingma and Ba 2015: averages of gradients and of their squares.",
        lr=0.001, betas=BETAS, eps=1e-8, weight_decay=0, amsgrad=False, foreach=None, fused=None, decoupled_weight_decay=False,
    ),
    "adamax": _optimizer(
        "Adamax", "Kingma and Ba 2015: Adam by the largest gradient.", lr=0.002, betas=BETAS, eps=1e-8, weight_decay=0, foreach=None
    ),
    "adamw": _optimizer(
        "AdamW", "Loshchilov and Hutter 2019: Adam whose weights decay apart from the gradients.",
        lr=0.001, betas=BETAS, eps=1e-8, weight_decay=0.01, amsgrad=False, foreach=None, fused=None,
    ),
    "asgd": _optimizer(
        "ASGD", "Polyak and Juditsky 1992: gradient descent with averaged weights.",
        lr=0.01, lambd=0.0001, alpha=0.75, t0=1000000.0, weight_decay=0, foreach=None,
    ),
    "muon": _optimizer(
        "Muon", "Jordan et al. 2024: orthogonal steps; only for networks all of whose parameters are matrices.",
        lr=0.001, weight_decay=0.1, momentum=0.95, nesterov=True, ns_coefficients=(3.4445, -4.775, 2.0315), eps=1e-7, ns_steps=5,
        adjust_lr_fn=None,
    ),
    "nadam": _optimizer(
        "NAdam", "Dozat 2016: Adam with Nesterov's momentum.",
        lr=0.002, betas=BETAS, eps=1e-8, weight_decay=0, momentum_decay=0.004, decoupled_weight_decay=False, foreach=None,
    ),
    "radam": _optimizer(
        "RAdam", "Liu et al. 2020: Adam whose first steps are held back.",
        lr=0.001, betas=BETAS, eps=1e-8, weight_decay=0, decoupled_weight_decay=False, foreach=None,
    ),
    "rmsprop": _optimizer(
        "RMSprop", "Tieleman and Hinton 2012: gradients over the root of their mean square.", {"alpha": SHARE},
        lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, foreach=None,
    ),
    "rprop": _optimizer(
        "Rprop", "Riedmiller and Braun 1993: the signs of gradients; for batches of all examples.",
        lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-6, 50), foreach=None,
    ),
    "sgd": _optimizer(
        "SGD", "Gradient descent, with momentum if told.",
        lr=0.001, momentum=0, dampening=0, weight_decay=0, nesterov=False, foreach=None, fused=None,
    ),
}  # fmt: skip
REFUSED = {
    "lbfgs": "it runs the network several times a step; `adamw` and `sgd` take one gradient each",
    "sparse_adam": "it takes sparse gradients only, and those of a network are dense; write `adam`",
}
"""optimisers of torch that training cannot use, and why"""
OTHER_NAMES = {"ftrl": "adagrad", "momentum": "sgd", "nesterov": "sgd", "lion": "adamw", "lamb": "adamw", "gradient_descent": "sgd"}
"""what Keras and others call them, or the nearest that torch has"""
