"""The losses of torch.nn that compare what a network gives with classes or numbers; each is the mean over the batch."""

from __future__ import annotations

from archdsl.recipe.kinds import Number, Truth
from archdsl.recipe.words import Argument, Word

LOSSES: dict[str, Word] = {
    "cross_entropy": Word(
        "torch.nn.CrossEntropyLoss",
        {"label_smoothing": Argument(Number(0, 1), 0.0), "ignore_index": Argument(Number(whole=True), -100)},
        "Logits against a class, or probabilities of all.",
    ),
    "nll": Word(
        "torch.nn.NLLLoss", {"ignore_index": Argument(Number(whole=True), -100)}, "Logarithms of probabilities against a class."
    ),
    "multi_margin": Word(
        "torch.nn.MultiMarginLoss",
        {"p": Argument(Number(1, 2, whole=True), 1), "margin": Argument(Number(over=0), 1.0)},
        "The class's score against all others, as in a support vector machine.",
    ),
    "bce": Word("torch.nn.BCEWithLogitsLoss", {}, "Logits against 0 and 1, each output for itself."),
    "multi_label_soft_margin": Word("torch.nn.MultiLabelSoftMarginLoss", {}, "The same, as the mean over the classes first."),
    "mse": Word("torch.nn.MSELoss", {}, "The mean squared difference."),
    "l1": Word("torch.nn.L1Loss", {}, "The mean difference."),
    "smooth_l1": Word("torch.nn.SmoothL1Loss", {"beta": Argument(Number(0), 1.0)}, "Squares below `beta`, differences above, over `beta`."),
    "huber": Word("torch.nn.HuberLoss", {"delta": Argument(Number(over=0), 1.0)}, "Squares below `delta`, differences above."),
    "poisson_nll": Word(
        "torch.nn.PoissonNLLLoss",
        {"log_input": Argument(Truth(), True), "full": Argument(Truth(), False), "eps": Argument(Number(over=0), 1e-8)},
        "Counts against their means.",
    ),
}  # fmt: skip
CLASSES_ONLY = frozenset(("nll", "multi_margin"))
"""losses that take the number of a class and no probabilities, so that classes cannot be mixed"""
LEFT_OUT = frozenset(("size_average", "reduce", "reduction", "weight", "pos_weight"))
"""arguments that a recipe does not have: losses are means, and weights of classes are tensors"""
PAIRS = "it compares pairs or triples of outputs, and a batch has one output and one label for each example"
REFUSED = {
    "kl_div": "against one class it is `nll`, but for a constant",
    "ctc": "it reads sequences of labels",
    "gaussian_nll": "it takes a variance beside each output",
    "soft_margin": "its labels are -1 and 1; `bce` takes 0 and 1",
    "multi_label_margin": "its labels are lists of classes; write `bce`",
    "linear_cross_entropy": "it holds the last layer; write `cross_entropy`",
    "adaptive_log_softmax_with": "it holds the last layer; write `cross_entropy`",
    "cosine_embedding": PAIRS,
    "hinge_embedding": PAIRS,
    "margin_ranking": PAIRS,
    "triplet_margin": PAIRS,
    "triplet_margin_with_distance": PAIRS,
}
"""losses of torch that training cannot use, and why"""
OTHER_NAMES = {
    "ce": "cross_entropy", "softmax": "cross_entropy", "categorical_crossentropy": "cross_entropy",
    "sparse_categorical_crossentropy": "cross_entropy", "softmax_cross_entropy": "cross_entropy", "crossentropy": "cross_entropy",
    "bce_with_logits": "bce", "binary_cross_entropy": "bce", "binary_crossentropy": "bce", "binary_cross_entropy_with_logits": "bce",
    "binary_focal_crossentropy": "bce", "mean_squared_error": "mse", "l2": "mse", "mae": "l1", "mean_absolute_error": "l1",
    "poisson": "poisson_nll", "hinge": "multi_margin", "categorical_hinge": "multi_margin", "negative_log_likelihood": "nll",
}  # fmt: skip
"""what PyTorch and Keras call them"""
