"""Operations: modules of torch, each one class that tells all about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archdsl.ops.base import Op
from archdsl.ops.registry import Registry

if TYPE_CHECKING:
    OPS: tuple[type[Op], ...]

BY_NAME: Registry[Op] = Registry(
    "archdsl.ops",
    {
        "conv": "conv.Conv",
        "conv_transpose": "conv.ConvTranspose",
        "linear": "linear.Linear",
        "embedding": "linear.Embedding",
        "max_pool": "pool.MaxPool",
        "avg_pool": "pool.AvgPool",
        "lp_pool": "pool.LpPool",
        "stochastic_pool": "pool.StochasticPool",
        "adaptive_avg_pool": "pool.AdaptiveAvgPool",
        "adaptive_max_pool": "pool.AdaptiveMaxPool",
        "global_avg_pool": "pool.GlobalAvgPool",
        "global_max_pool": "pool.GlobalMaxPool",
        "batch_norm": "norm.BatchNorm",
        "layer_norm": "norm.LayerNorm",
        "group_norm": "norm.GroupNorm",
        "instance_norm": "norm.InstanceNorm",
        "rms_norm": "norm.RmsNorm",
        "local_response_norm": "norm.LocalResponseNorm",
        "relu": "activation.Relu",
        "relu6": "activation.Relu6",
        "leaky_relu": "activation.LeakyRelu",
        "prelu": "activation.Prelu",
        "rrelu": "activation.Rrelu",
        "elu": "activation.Elu",
        "selu": "activation.Selu",
        "celu": "activation.Celu",
        "gelu": "activation.Gelu",
        "silu": "activation.Silu",
        "mish": "activation.Mish",
        "sigmoid": "activation.Sigmoid",
        "logsigmoid": "activation.LogSigmoid",
        "tanh": "activation.Tanh",
        "tanhshrink": "activation.Tanhshrink",
        "hardswish": "activation.Hardswish",
        "hardsigmoid": "activation.Hardsigmoid",
        "hardtanh": "activation.Hardtanh",
        "hardshrink": "activation.Hardshrink",
        "softshrink": "activation.Softshrink",
        "softplus": "activation.Softplus",
        "softsign": "activation.Softsign",
        "threshold": "activation.Threshold",
        "softmax": "activation.Softmax",
        "softmin": "activation.Softmin",
        "log_softmax": "activation.LogSoftmax",
        "glu": "activation.Glu",
        "dropout": "dropout.Dropout",
        "dropout1d": "dropout.Dropout1d",
        "dropout2d": "dropout.Dropout2d",
        "dropout3d": "dropout.Dropout3d",
        "alpha_dropout": "dropout.AlphaDropout",
        "feature_alpha_dropout": "dropout.FeatureAlphaDropout",
        "stochastic_depth": "dropout.StochasticDepth",
        "identity": "shape.Identity",
        "flatten": "shape.Flatten",
        "unflatten": "shape.Unflatten",
        "permute": "shape.Permute",
        "rearrange": "rearrange.Rearrange",
        "pad": "resize.Pad",
        "crop": "resize.Crop",
        "upsample": "resize.Upsample",
        "pixel_shuffle": "resize.PixelShuffle",
        "pixel_unshuffle": "resize.PixelUnshuffle",
        "channel_shuffle": "resize.ChannelShuffle",
        "split": "shape.Split",
        "reduce": "shape.Reduce",
        "multihead_attention": "attention.MultiheadAttention",
        "attention": "attention.Attention",
        "torch": "foreign.Torch",
    },
)
"""where each operation is declared, in the order of the documentation; `OPS` is the tuple of their classes"""

__all__ = ["BY_NAME", "OPS", "Op"]


def __getattr__(name: str) -> object:
    if name == "OPS":
        return tuple(BY_NAME.values())
    raise AttributeError(f"module 'archdsl.ops' has no attribute {name!r}")
