"""Models of timm, by the name of the spec."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import timm
from timm.models.resnet import Bottleneck, ResNet
from torch import nn

NAMES = {
    "coatnet_0": "coatnet_0_224",
    "convmixer": "convmixer_768_32",
    "efficientformer_l1": "efficientformer_l1",
    "fasternet_t0": "fasternet_t0",
    "ghostnet": "ghostnet_100",
    "mlp_mixer": "mixer_b16_224",
    "mobilevit_s": "mobilevit_s",
    "poolformer": "poolformer_s12",
    "preact_resnet50": "resnetv2_50",
    "resnet50d": "resnet50d",
    "se_resnet50": "seresnet50",
    "sk_resnet50": "skresnet50",
    "vovnet39": "vovnet39a",
    "xception": "legacy_xception",
}
"""spec → timm"""

MODELS: dict[str, Callable[[], nn.Module]] = {spec: partial(timm.create_model, name) for spec, name in NAMES.items()}
MODELS["eca_resnet50"] = partial(ResNet, Bottleneck, [3, 4, 6, 3], block_args={"attn_layer": "eca"})
MODELS["nfnet_f0"] = partial(timm.create_model, "dm_nfnet_f0", drop_rate=0.2, drop_path_rate=0.25)
