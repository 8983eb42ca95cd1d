"""Images from files as tensors: upright, cut to what a network takes, in its channels, normalised."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Sequence
from math import inf, isfinite
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from archdsl.diagnostics import Diagnostic, Source, Span, SpecError
from archdsl.language.source import missing_hint
from archdsl.weights.files import whole

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""what images of three channels are normalised with unless told; Krizhevsky et al. 2012 took the mean, torchvision both"""
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
MODES = {1: "L", 3: "RGB"}
"""what Pillow calls an image of so many channels"""


def read_image(
    path: str | os.PathLike[str],
    shape: Sequence[int],
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
) -> Tensor:
    """The image of a file as a tensor of `shape`, channels×height×width with 1 (grey) or 3 (RGB) channels, in float32.

    It is turned as its EXIF says, laid on white where it is transparent, scaled until it covers height and width, and cut at its centre.
    Values of 0 to 1 are normalised with `mean` and `std`, a number for all channels or one for each: ImageNet's for three channels, 0 and 1
    for grey. Raises `SpecError` for a file that is missing, no image or damaged, and for a shape that is not one of images.
    """
    channels, height, width = image_shape(shape, Path(path))
    centre, spread = normalisation(channels, mean, std)
    fitted = fit(open_image(Path(path), MODES[channels]), (height, width))
    pixels = np.array(fitted, dtype=np.float32)
    values = torch.from_numpy(pixels.reshape(height, width, channels)).permute(2, 0, 1) / 255
    return ((values - centre) / spread).contiguous()


def image_shape(shape: Sequence[int], path: Path) -> tuple[int, int, int]:
    """Channels, height and width, if they are those of an image. Raises `SpecError`."""
    if len(shape) == 3 and shape[0] in MODES:
        return shape[0], shape[1], shape[2]
    sizes = "×".join(map(str, shape))
    message = f"`{path.name}` cannot become {sizes}: an image has 1 or 3 channels, a height and a width"
    raise refused("AD4803", path, message, "in Python, a tensor of that shape can be given")


def normalisation(channels: int, mean: Sequence[float] | None = None, std: Sequence[float] | None = None) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation as tensors that spread over an image. Raises `SpecError` where they are not those of the channels.

    >>> [t.flatten().tolist() for t in normalisation(1)]
    [[0.0], [1.0]]
    """
    usual = (IMAGENET_MEAN, IMAGENET_STD) if channels == len(IMAGENET_MEAN) else ((0.0,), (1.0,))
    found = [usual[i] if given is None else tuple(given) for i, given in enumerate((mean, std))]
    for option, numbers in zip(("--mean", "--std"), found, strict=True):
        if len(numbers) not in (1, channels):
            wanted = "1 is wanted" if channels == 1 else f"1 or {channels} are wanted, as many as channels"
            raise _numbers(option, numbers, f"{len(numbers)} numbers: {wanted}")
    if not all(isfinite(number) for number in found[0]):
        raise _numbers("--mean", found[0], "numbers are wanted that are finite")
    if not all(0 < number < inf for number in found[1]):
        raise _numbers("--std", found[1], "values are divided by these: they must be above 0")
    return torch.tensor(found[0]).view(-1, 1, 1), torch.tensor(found[1]).view(-1, 1, 1)


def _numbers(option: str, numbers: Sequence[float], message: str) -> SpecError:
    source = Source(option, ",".join(f"{number:g}" for number in numbers))
    return SpecError((Diagnostic("AD4804", "error", message, Span(source, 0, len(source.text))),))


def refused(code: str, path: Path, message: str, help: str | None = None) -> SpecError:
    """A fault of a file as such."""
    return SpecError((Diagnostic(code, "error", message, whole(path), help=help),))


def fit(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """An image scaled until it covers height and width, and cut at its centre."""
    return ImageOps.fit(image, (size[1], size[0]), Image.Resampling.BILINEAR)


def open_image(path: Path, mode: str) -> Image.Image:
    """The image of a file in `mode` "L" or "RGB", turned as its EXIF says, laid on white where it is transparent. Raises `SpecError`."""
    _check_file(path)
    try:
        with warnings.catch_warnings(action="ignore"):
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return _plain(ImageOps.exif_transpose(image), mode)
    except UnidentifiedImageError:
        help = f"the formats are {', '.join(suffix[1:] for suffix in SUFFIXES)}"
        raise refused("AD4802", path, f"`{path.name}` is no image that can be read", help) from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        message = f"`{path.name}` would unpack to more than {Image.MAX_IMAGE_PIXELS:,} pixels; it was not unpacked"
        raise refused("AD4802", path, message, "make it smaller") from None
    except Exception as error:  # decoders raise what they like: whatever it is, the file is at fault
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise refused("AD4802", path, f"`{path.name}` is damaged: {reason}", "copy or download it again") from None


def _check_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise refused("AD4801", path, f"no such image: `{path}`", missing_hint(path, SUFFIXES)) from None
    if stat.S_ISDIR(mode):
        raise refused("AD4801", path, f"`{path}` is a folder, not an image", "name the images in it, one after the other")
    if not stat.S_ISREG(mode):
        raise refused("AD4801", path, f"`{path}` is not a regular file; it was not opened")
    if not os.access(path, os.R_OK):
        raise refused("AD4801", path, f"`{path}` may not be read")


def _plain(image: Image.Image, mode: str) -> Image.Image:
    """The image in 8 bits, without transparency."""
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip
        image = Image.fromarray((np.asarray(image).clip(0, 65535) / 257).round().astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert(mode)
