"""Models of torchvision that stand in its rooms for videos and for segmentation."""

from collections.abc import Callable
from functools import partial

from torch import nn
from torchvision.models.segmentation import deeplabv3_resnet50
from torchvision.models.video import r2plus1d_18

MODELS: dict[str, Callable[[], nn.Module]] = {
    "deeplabv3_resnet50": partial(deeplabv3_resnet50, weights=None, weights_backbone=None, aux_loss=None),
    "r2plus1d_18": partial(r2plus1d_18, weights=None),
}
