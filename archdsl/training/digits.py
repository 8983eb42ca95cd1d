"""The digits that come with archdsl, so that a network can be trained where nothing else is there.

1,797 handwritten digits of 8×8 pixels by 43 people. Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI
Machine Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0; its test part, as scikit-learn's `load_digits` has it.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import torch

from archdsl.training.parts import Data, Held, divided
from archdsl.training.source import Wanted

FILE = Path(__file__).with_name("digits.bin.gz")
"""the pixels of all digits, row by row, from 0 to 16, and then their classes: a byte each"""
COUNT, SIDE, BRIGHTEST = 1797, 8, 16


def digits(wanted: Wanted) -> Data:
    """The embedded digits; the same share of each class is held out."""
    read = torch.frombuffer(bytearray(gzip.decompress(FILE.read_bytes())), dtype=torch.uint8)
    images = (read[:-COUNT].float() * (255 / BRIGHTEST)).round().to(torch.uint8).view(COUNT, 1, SIDE, SIDE)
    labels = read[-COUNT:].long()
    return divided("digits", Held(images, labels), labels.tolist(), tuple("0123456789"), wanted["held_out"])
