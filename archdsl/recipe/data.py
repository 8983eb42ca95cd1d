"""Data sets by name: those that we make or read ourselves, and torchvision's whose labels are classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archdsl.recipe.kinds import Choice, Kind, Number, Row, Text, Truth, maybe
from archdsl.recipe.words import REQUIRED, Argument, Word

COUNT = Number(1, whole=True)
HELD = Argument(Number(over=0, under=1), 0.2, ours=True)
"""the share of each class that is held out for evaluation, always the same examples, where a set has no part for that"""


@dataclass(frozen=True)
class DataSet(Word):
    """A data set. `train` and `eval` are the further arguments of torchvision's class for its two parts, none where it has one part.

    `shape` has channels, height and width of an image where all have the same, `classes` their number where that is known.
    """

    train: Mapping[str, object] = field(default_factory=dict)
    eval: Mapping[str, object] = field(default_factory=dict)
    shape: tuple[int, int, int] | None = None
    classes: int | None = None

    @property
    def divided(self) -> bool:
        """Whether torchvision's class has a part for training and one for evaluation."""
        return self.train != self.eval


def _set(
    name: str,
    says: str,
    classes: int | None,
    shape: tuple[int, int, int] | None = None,
    parts: tuple[object, object] | None = ("train", "test"),
    key: str = "split",
    **takes: tuple[Kind, object],
) -> DataSet:
    arguments = {argument: Argument(*given) for argument, given in takes.items()}
    if parts is None:
        return DataSet(f"torchvision.datasets.{name}", {**arguments, "held_out": HELD}, says, {}, {}, shape, classes)
    return DataSet(f"torchvision.datasets.{name}", arguments, says, {key: parts[0]}, {key: parts[1]}, shape, classes)


def _flagged(name: str, says: str, classes: int | None, shape: tuple[int, int, int] | None, **takes: tuple[Kind, object]) -> DataSet:
    """A set whose class asks `train=True`."""
    return _set(name, says, classes, shape, (True, False), "train", **takes)


GREY, COLOUR = (1, 28, 28), (3, 32, 32)
LETTERS = Choice(("byclass", "bymerge", "balanced", "letters", "digits", "mnist"))
DATA: dict[str, DataSet] = {
    "digits": DataSet("", {"held_out": HELD}, "1,797 digits, inside archdsl: Alpaydin and Kaynak 1998.", shape=(1, 8, 8), classes=10),
    "fake": DataSet(
        "",
        {
            "count": Argument(Number(1, 10_000_000, whole=True), 1000), "classes": Argument(maybe(COUNT), None),
            "shape": Argument(maybe(Row((COUNT, COUNT, COUNT))), None), "held_out": HELD,
        },
        "Random images; classes and shape are the network's unless told.",
    ),
    "image_folder": DataSet(
        "", {"path": Argument(Text(), REQUIRED), "held_out": HELD},
        "A folder for each class, in PATH/train and PATH/val (or test), or in PATH itself.",
    ),
    "caltech101": _set("Caltech101", "9,146 photographs.", 101, parts=None),
    "caltech256": _set("Caltech256", "30,607 photographs.", 257, parts=None),
    "cifar10": _flagged("CIFAR10", "60,000 small photographs, Krizhevsky 2009.", 10, COLOUR),
    "cifar100": _flagged("CIFAR100", "60,000 small photographs, Krizhevsky 2009.", 100, COLOUR),
    "clevr": _set("CLEVRClassification", "Rendered scenes; the class is the number of things.", 8, (3, 320, 480), ("train", "val")),
    "country211": _set("Country211", "Photographs by country.", 211),
    "dtd": _set("DTD", "Textures.", 47, partition=(Number(1, 10, whole=True), 1)),
    "emnist": _flagged("EMNIST", "Handwritten letters and digits.", None, GREY, split=(LETTERS, REQUIRED)),
    "eurosat": _set("EuroSAT", "27,000 pictures of land from space.", 10, (3, 64, 64), None),
    "fashion_mnist": _flagged("FashionMNIST", "70,000 pictures of clothes, Xiao et al. 2017.", 10, GREY),
    "fer2013": _set("FER2013", "Faces by expression.", 7, (1, 48, 48)),
    "fgvc_aircraft": _set(
        "FGVCAircraft", "Aeroplanes.", None, None, ("trainval", "test"),
        annotation_level=(Choice(("variant", "family", "manufacturer")), "variant"),
    ),
    "flowers102": _set("Flowers102", "Flowers.", 102),
    "food101": _set("Food101", "101,000 pictures of dishes.", 101),
    "gtsrb": _set("GTSRB", "German traffic signs.", 43),
    "imagenet": _set("ImageNet", "ILSVRC 2012, Russakovsky et al. 2015; its archives are put there by hand.", 1000, None, ("train", "val")),
    "imagenette": _set(
        "Imagenette", "Ten easy classes of ImageNet.", 10, None, ("train", "val"), size=(Choice(("full", "320px", "160px")), "full")
    ),
    "inaturalist": _set(
        "INaturalist", "2,700,000 photographs of living things.", None, None, ("2021_train", "2021_valid"), "version",
        target_type=(Choice(("full", "kingdom", "phylum", "class", "order", "family", "genus")), "full"),
    ),
    "kmnist": _flagged("KMNIST", "70,000 Japanese letters, Clanuwat et al. 2018.", 10, GREY),
    "mnist": _flagged("MNIST", "70,000 handwritten digits, LeCun et al. 1998.", 10, GREY),
    "oxford_iiit_pet": _set("OxfordIIITPet", "Cats and dogs by breed.", 37, None, ("trainval", "test")),
    "pcam": _set("PCAM", "Tissue with and without cancer.", 2, (3, 96, 96)),
    "places365": _set("Places365", "Places.", 365, None, ("train-standard", "val"), small=(Truth(), False)),
    "qmnist": _flagged("QMNIST", "MNIST, with all its test digits.", 10, GREY),
    "rendered_sst2": _set("RenderedSST2", "Sentences as pictures, by mood.", 2, (3, 448, 448)),
    "semeion": _set("SEMEION", "1,593 handwritten digits.", 10, (1, 16, 16), None),
    "stanford_cars": _set("StanfordCars", "Cars.", 196),
    "stl10": _set("STL10", "13,000 photographs.", 10, (3, 96, 96)),
    "sun397": _set("SUN397", "Places.", 397, None, None),
    "svhn": _set("SVHN", "House numbers from the street.", 10, COLOUR),
    "usps": _flagged("USPS", "9,298 digits of envelopes.", 10, (1, 16, 16)),
}  # fmt: skip
OTHER_TASK = "its labels are no classes of whole images; give a function of your own with `--with data=module:function`"
OTHER_CLASSES = "its two parts have different classes, and a network learns one set of them"
REFUSED = {
    **dict.fromkeys(
        (
            "celeba", "cityscapes", "coco_captions", "coco_detection", "flickr8k", "flickr30k", "kitti", "moving_mnist", "photo_tour",
            "sbu", "sb_dataset", "voc_detection", "voc_segmentation", "wider_face", "lfw_pairs", "kitti_flow", "sintel", "flying_chairs",
            "flying_things3d", "hd1k", "kitti2012_stereo", "kitti2015_stereo", "carla_stereo", "middlebury2014_stereo", "cre_stereo",
            "falling_things_stereo", "scene_flow_stereo", "sintel_stereo", "in_stereo2k", "eth3d_stereo",
        ),
        OTHER_TASK,
    ),
    **dict.fromkeys(("kinetics", "hmdb51", "ucf101"), "it holds videos, which take a decoder of their own"),
    **dict.fromkeys(("omniglot", "lfw_people"), OTHER_CLASSES),
    **dict.fromkeys(("lsun", "lsun_class"), "it takes a database library; write its images into folders and say `image_folder PATH`"),
    **dict.fromkeys(("dataset_folder", "vision_dataset"), "write `image_folder PATH`"),
}  # fmt: skip
"""data sets of torchvision that a recipe does not have, and why"""
OTHER_NAMES = {
    "fake_data": "fake", "random": "fake", "synthetic": "fake", "folder": "image_folder", "imagefolder": "image_folder",
    "image_folder_dataset": "image_folder", "load_digits": "digits", "cifar": "cifar10", "fashionmnist": "fashion_mnist",
    "clevr_classification": "clevr", "sst2": "rendered_sst2", "ilsvrc2012": "imagenet", "imagenet1k": "imagenet", "pets": "oxford_iiit_pet",
    "flowers": "flowers102", "food": "food101", "aircraft": "fgvc_aircraft", "cars": "stanford_cars", "places": "places365",
}  # fmt: skip
"""what else they are called"""
