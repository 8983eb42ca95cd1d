"""The transforms of torchvision.transforms.v2 that take one image and give one, with torchvision's own defaults."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archdsl.recipe.kinds import Choice, Either, Kind, Listed, Many, Number, Range, Row, Truth, maybe
from archdsl.recipe.words import REQUIRED, Argument, Word

COUNT, NATURAL, FLOAT, POSITIVE = Number(1, whole=True), Number(0, whole=True), Number(0), Number(over=0)
ODD = Number(1, whole=True, odd=True)
CHANCE, ANY = Number(0, 1), Number()
FACTORS, RATIOS, AREA = Range(FLOAT), Range(POSITIVE), Range(Number(over=0, high=1))
SIZE = Either((COUNT, Row((COUNT,)), Row((COUNT, COUNT))))
"""one number for the shorter side or both, or height and width"""
BORDER = Either((NATURAL, Row((NATURAL, NATURAL)), Row((NATURAL,) * 4)))
SHADE = Number(0, 255)
COLOUR = maybe(Either((SHADE, Row((SHADE,)), Row((SHADE,) * 3))))
"""one number, or one for each channel"""
AMOUNT = maybe(Either((FLOAT, FACTORS)))
SCALED = Choice(("nearest", "nearest-exact", "bilinear", "bicubic"))
TURNED = Choice(("nearest", "bilinear"))
EDGES = Choice(("constant", "edge", "reflect", "symmetric"))
POLICIES = Choice(("imagenet", "cifar10", "svhn"))
QUALITY = Number(1, 100, whole=True)
DEGREES = Either((FLOAT, Range(ANY)))
TINT = Range(Number(-0.5, 0.5))
HUE = maybe(Either((Number(0, 0.5), TINT)))


Takes = tuple[Kind, object] | Kind
"""what an argument may be, with torchvision's default where it has one"""


@dataclass(frozen=True)
class Transform(Word):
    """A transform. `random` tells one that draws numbers, `floats` one that takes images of floats, which stand in 0 to 1 before it."""

    random: bool = False
    floats: bool = False


def _transform(name: str, says: str, *, random: bool = False, floats: bool = False, **takes: Takes) -> Transform:
    arguments = {key: Argument(*given) if isinstance(given, tuple) else Argument(given, REQUIRED) for key, given in takes.items()}
    return Transform(f"torchvision.transforms.v2.{name}", arguments, says, random, floats)


def _random(name: str, says: str, **takes: Takes) -> Transform:
    return replace(_transform(name, says, random=False, floats=False, **takes), random=True)


NEAREST, BILINEAR, SCALING = (TURNED, "nearest"), (TURNED, "bilinear"), (SCALED, "bilinear")
FLAG, SMOOTH, BLACK, NO_FILL = (Truth(), False), (maybe(Truth()), True), (COLOUR, 0), (COLOUR, None)
EVEN, BINS = (CHANCE, 0.5), (Number(2, whole=True), 31)

TRANSFORMS: dict[str, Transform] = {
    "resize": _transform(
        "Resize", "Another size; one number is the shorter side.",
        size=SIZE, interpolation=SCALING, max_size=(maybe(COUNT), None), antialias=SMOOTH,
    ),
    "center_crop": _transform("CenterCrop", "The middle.", size=SIZE),
    "pad": _transform("Pad", "A border around.", padding=BORDER, fill=BLACK, padding_mode=(EDGES, "constant")),
    "grayscale": _transform("Grayscale", "Grey, in one channel or three.", num_output_channels=(Listed((1, 3)), 1)),
    "rgb": _transform("RGB", "Three channels, out of one where it is grey."),
    "gaussian_blur": _transform(
        "GaussianBlur", "A blur, as wide as drawn.", random=True, kernel_size=Either((ODD, Row((ODD, ODD)))),
        sigma=(Either((POSITIVE, RATIOS)), (0.1, 2.0)),
    ),
    "normalize": _transform(
        "Normalize", "Each channel less its mean, over its standard deviation.",
        floats=True, mean=Many(ANY), std=Many(POSITIVE), inplace=FLAG,
    ),
    "gaussian_noise": _transform(
        "GaussianNoise", "Noise on every pixel.", random=True, floats=True, mean=(ANY, 0.0), sigma=(FLOAT, 0.1), clip=(Truth(), True)
    ),
    "random_crop": _random(
        "RandomCrop", "A part at a random place, out of a border if told.",
        size=SIZE, padding=(maybe(BORDER), None), pad_if_needed=FLAG, fill=BLACK, padding_mode=(EDGES, "constant"),
    ),
    "random_resized_crop": _random(
        "RandomResizedCrop", "A part of random area and shape, resized: Szegedy et al. 2015.",
        size=SIZE, scale=(AREA, (0.08, 1.0)), ratio=(RATIOS, (3 / 4, 4 / 3)), interpolation=SCALING, antialias=SMOOTH,
    ),
    "random_resize": _random(
        "RandomResize", "A random size of the shorter side.", min_size=COUNT, max_size=COUNT, interpolation=SCALING, antialias=SMOOTH
    ),
    "random_horizontal_flip": _random("RandomHorizontalFlip", "Left for right.", p=EVEN),
    "random_vertical_flip": _random("RandomVerticalFlip", "Top for bottom.", p=EVEN),
    "random_rotation": _random(
        "RandomRotation", "Turned by up to so many degrees.",
        degrees=DEGREES, interpolation=NEAREST, expand=FLAG, center=(maybe(Row((ANY, ANY))), None), fill=BLACK,
    ),
    "random_affine": _random(
        "RandomAffine", "Turned, moved, scaled and slanted.",
        degrees=DEGREES, translate=(maybe(Row((CHANCE, CHANCE))), None), scale=(maybe(RATIOS), None),
        shear=(maybe(DEGREES), None), interpolation=NEAREST, fill=BLACK,
        center=(maybe(Row((ANY, ANY))), None),
    ),
    "random_perspective": _random(
        "RandomPerspective", "Seen from aside.", distortion_scale=(CHANCE, 0.5), p=EVEN, interpolation=BILINEAR, fill=BLACK
    ),
    "elastic_transform": _random(
        "ElasticTransform", "Bent a little everywhere: Simard et al. 2003.",
        alpha=(Either((FLOAT, Row((FLOAT, FLOAT)))), 50.0),
        sigma=(Either((POSITIVE, Row((POSITIVE, POSITIVE)))), 5.0), interpolation=BILINEAR, fill=BLACK,
    ),
    "random_zoom_out": _random(
        "RandomZoomOut", "Smaller, on a larger ground.", fill=BLACK, side_range=(Range(Number(1)), (1.0, 4.0)), p=EVEN
    ),
    "color_jitter": _random(
        "ColorJitter", "Other brightness, contrast, saturation and hue.",
        brightness=(AMOUNT, None), contrast=(AMOUNT, None), saturation=(AMOUNT, None), hue=(HUE, None),
    ),
    "random_photometric_distort": _random(
        "RandomPhotometricDistort", "The same, each by chance, channels swapped too: Liu et al. 2016.",
        brightness=(FACTORS, (0.875, 1.125)), contrast=(FACTORS, (0.5, 1.5)), saturation=(FACTORS, (0.5, 1.5)),
        hue=(TINT, (-0.05, 0.05)), p=EVEN,
    ),
    "random_channel_permutation": _random("RandomChannelPermutation", "Channels in another order."),
    "random_grayscale": _random("RandomGrayscale", "Grey, in as many channels.", p=(CHANCE, 0.1)),
    "random_invert": _random("RandomInvert", "Dark for bright.", p=EVEN),
    "random_posterize": _random("RandomPosterize", "Fewer bits a channel.", bits=Number(0, 8, whole=True), p=EVEN),
    "random_solarize": _random("RandomSolarize", "Bright pixels inverted.", threshold=FLOAT, p=EVEN),
    "random_adjust_sharpness": _random("RandomAdjustSharpness", "Blurred (0) or sharpened (2).", sharpness_factor=FLOAT, p=EVEN),
    "random_autocontrast": _random("RandomAutocontrast", "The full range of brightness.", p=EVEN),
    "random_equalize": _random("RandomEqualize", "All brightnesses equally often.", p=EVEN),
    "random_erasing": _random(
        "RandomErasing", "A rectangle of nothing: Zhong et al. 2020.",
        p=EVEN, scale=(AREA, (0.02, 0.33)), ratio=(RATIOS, (0.3, 3.3)), value=(ANY, 0.0), inplace=FLAG,
    ),
    "jpeg": _random("JPEG", "Pressed as a JPEG of this quality.", quality=Either((QUALITY, Range(QUALITY)))),
    "auto_augment": _random(
        "AutoAugment", "A policy found on a data set: Cubuk et al. 2019.",
        policy=(POLICIES, "imagenet"), interpolation=NEAREST, fill=NO_FILL,
    ),
    "rand_augment": _random(
        "RandAugment", "Some operations of one strength: Cubuk et al. 2020.",
        num_ops=(NATURAL, 2), magnitude=(NATURAL, 9), num_magnitude_bins=BINS, interpolation=NEAREST, fill=NO_FILL,
    ),
    "trivial_augment_wide": _random(
        "TrivialAugmentWide", "One operation of random strength: Müller and Hutter 2021.",
        num_magnitude_bins=BINS, interpolation=NEAREST, fill=NO_FILL,
    ),
    "aug_mix": _random(
        "AugMix", "Several chains of operations, mixed: Hendrycks et al. 2020.",
        severity=(Number(1, 10, whole=True), 3), mixture_width=(COUNT, 3), chain_depth=(Number(-1, whole=True), -1), alpha=(POSITIVE, 1.0),
        all_ops=(Truth(), True), interpolation=BILINEAR, fill=NO_FILL,
    ),
}  # fmt: skip
FUNCTIONS = "it takes other transforms or code, and a recipe holds neither; write the transforms one after another"
BOXES = "it works on boxes or key points, and a recipe's labels are classes"
TYPES = "images come as tensors, and become floats from 0 to 1 where a transform or the network needs them; leave it out"
SEVERAL = "it gives several images out of one; write `center_crop`, `random_crop` or `random_resized_crop`"
SIZES = "it gives images of different sizes, which no batch holds; write `random_resized_crop`"
REFUSED = {
    **dict.fromkeys(("compose", "lambda", "random_apply", "random_choice", "random_order", "linear_transformation"), FUNCTIONS),
    **dict.fromkeys(
        (
            "clamp_bounding_boxes", "clamp_key_points", "convert_bounding_box_format", "random_io_u_crop", "sanitize_bounding_boxes",
            "sanitize_key_points", "set_clamping_mode",
        ),
        BOXES,
    ),
    **dict.fromkeys(
        ("convert_image_dtype", "pil_to_tensor", "to_dtype", "to_image", "to_pil_image", "to_pure_tensor", "to_tensor", "identity"), TYPES
    ),
    **dict.fromkeys(("five_crop", "ten_crop"), SEVERAL),
    **dict.fromkeys(("random_shortest_size", "scale_jitter"), SIZES),
    "mix_up": "it mixes batches; write `mixup: 0.2` beside `transforms`",
    "cut_mix": "it mixes batches; write `cutmix: 1.0` beside `transforms`",
    "uniform_temporal_subsample": "it works on videos",
}  # fmt: skip
"""transforms of torchvision that a recipe does not have, and why"""
OTHER_NAMES = {
    "random_flip": "random_horizontal_flip", "hflip": "random_horizontal_flip", "horizontal_flip": "random_horizontal_flip",
    "vflip": "random_vertical_flip", "vertical_flip": "random_vertical_flip", "flip": "random_horizontal_flip",
    "random_sized_crop": "random_resized_crop", "scale": "resize", "crop": "center_crop", "rotate": "random_rotation",
    "random_rotate": "random_rotation", "random_zoom": "random_zoom_out", "random_translation": "random_affine",
    "random_contrast": "color_jitter", "random_brightness": "color_jitter", "cutout": "random_erasing", "coarse_dropout": "random_erasing",
    "normalise": "normalize", "normalization": "normalize", "rescaling": "normalize", "standardize": "normalize", "colour_jitter":
    "color_jitter", "trivial_augment": "trivial_augment_wide", "randaugment": "rand_augment", "autoaugment": "auto_augment",
    "gray": "grayscale", "to_gray": "grayscale", "zero_padding": "pad", "blur": "gaussian_blur", "noise": "gaussian_noise",
}  # fmt: skip
"""what Keras and others call them"""
