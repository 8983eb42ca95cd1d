"""What the networks of the zoo beyond torchvision are compared with: models of timm, and networks written by hand in plain PyTorch."""

from collections.abc import Callable

from torch import nn

from references import classics, dense_prediction, mobile, of_timm, of_torchvision, other_inputs, sequences

MODELS: dict[str, Callable[[], nn.Module]] = {
    **classics.MODELS,
    **other_inputs.MODELS,
    **of_timm.MODELS,
    **of_torchvision.MODELS,
    **dense_prediction.MODELS,
    **mobile.MODELS,
    **sequences.MODELS,
}
"""the reference of each spec, by its name"""
