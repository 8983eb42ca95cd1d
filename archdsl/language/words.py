"""What each word of the language means, in a sentence: the keys of a spec, modifiers, wiring words, types.

Pages, schema and editor say these. Tests hold the tables against what is read; the sentences say no rule that `docs/language.md` does not.
"""

from __future__ import annotations

from types import MappingProxyType

BLOCK = MappingProxyType(
    {
        "description": "what it is, in a sentence",
        "params": "parameters: a default (`stride: 1`), a type (`planes: int`), or both (`act: item = relu`)",
        "require": "conditions that must hold, each with what to say where it does not",
        "let": "names for values, which see all parameters and each other",
        "tensors": "raw parameters (`{param: [sizes]}`) and buffers (`{buffer: formula}`), by name",
        "inputs": "names of the tensors that flow in, where there are several; a last `xs...` takes the rest as a list",
        "body": "the layers: a list of items, or a mapping of names to items",
        "outputs": "what it gives: a tensor, or a list or mapping of them; the last value unless told",
    }
)
"""keys of a block, and of a spec"""

SPEC = MappingProxyType(
    {
        "name": "what the network is called",
        "source": "the paper or implementation that it follows",
        "extends": "a file to start from: its parameters, variants and body hold unless this file says otherwise",
        "variant": "the variant whose settings count unless another is chosen; beside `extends`, one of that file",
        "input": "sizes of one example, channels first and without the batch: `[3, 224, 224]`, or names with sizes each",
        "variants": "named settings of the parameters; `like` builds on another variant",
        "import": "a list of files whose blocks are used here, or names for whole specs that become blocks",
        "defaults": "arguments that calls of an operation or block have in this file unless they say otherwise",
        "legend": "tokens: what an integer (`int`) and words of lists stand for",
        "blocks": "blocks of one's own: a list of items, or a mapping with `params` and `body`",
        "init": "initial values by rules: by operation (`op`), by key (`key`), or both; the first that fits counts",
        "weights": "where published weights are, and how their keys differ; in a family also by variant",
        "expect": "published figures that `archdsl check` compares: `params`, `macs`, `output`; in a family by variant",
        "train": "the recipe that the network is trained by, unless the command line names another",
    }
)
"""keys of a spec beside those of a block"""

WIRING = MappingProxyType(
    {
        "seq": "one level: a submodule with these children; a list where an item stands is the same",
        "do": "items grouped without a level, for a loop, a condition or a path",
        "residual": "the body's output plus the shortcut, which is what flows in unless told",
        "gate": "the body's output times what flows in",
        "add": "the sum of the operands, whose shapes must be equal",
        "mul": "the product of the operands; sizes of 1 stretch",
        "concat": "the operands side by side along an axis, the channels unless told",
        "math": "a formula over tensors; lines `name = formula` may come before the last",
        "use": "an operation, a block, or a parameter that holds one, called with the arguments beside it",
        "reuse": "an earlier module of this level, run again with the same weights",
    }
)
"""words that make an item, and are neither operation nor block"""

BESIDE = MappingProxyType(
    {
        "shortcut": "the way around the body of `residual`; the identity unless told",
        "skip": "whether anything is added; with `false` the body stands alone",
        "dim": "the axis that `concat` joins along",
    }
)
"""what wiring words take beside their main argument"""

MODIFIERS = MappingProxyType(
    {
        "name": "the child's name in the module and its weights' keys; `{expression}` is filled in",
        "from": "the tensor that flows in, instead of the item before; a list for several",
        "as": "a label for the result; `[a, b]` for several, `ys...` appends to a list",
        "when": "a condition; where it is false the item is absent",
        "else": "the item that stands here where `when` is false",
        "for": "a loop, `i, n in enumerate(depths)`: one item a turn, each fed by the one before",
        "repeat": "how many times the item stands here in a row, with weights of its own each time",
        "inline": "whether a block's children stand here without its level",
        "outputs": "inner tensors of a block that it returns instead of its own outputs",
        "init": "initial values of this item's tensors, by their names",
    }
)
"""what may stand beside the call of any item"""

TENSOR = MappingProxyType(
    {
        "param": "sizes of a learned parameter",
        "buffer": "the formula of a buffer, without inputs",
        "init": "its initial value; zeros unless told",
        "persistent": "whether a buffer is saved with the weights; true unless told",
        "when": "a condition; where it is false there is no such tensor",
    }
)
"""keys of a declaration under `tensors`"""

RULE = MappingProxyType(
    {
        "op": "an operation, or several, whose modules the rule is for",
        "key": "paths of the modules that the rule is for; `*` stands for anything",
        "when": "a condition; where it is false the rule does not count",
    }
)
"""keys of a rule of `init`; every other key is the name of a tensor"""

WEIGHTS = MappingProxyType(
    {
        "url": "where the file is, `https://…`",
        "sha256": "its SHA-256, 64 hexadecimal digits",
        "rename": "how keys are called there: patterns and new names, with `{parts}` that stand for one or more characters",
        "params": "parameters of the spec that the weights imply",
    }
)
"""keys of `weights`; in a family also the names of variants"""

EXPECT = MappingProxyType(
    {
        "params": "elements of all parameters",
        "macs": "multiply-accumulates of one example",
        "output": "sizes of what comes out for one example; a list of them for several outputs",
    }
)
"""keys of `expect`; in a family the names of variants, which hold these"""

TRAIN = MappingProxyType(
    {
        "data": "the data set",
        "transforms": "what becomes of each image in training, in order",
        "eval_transforms": "what becomes of it in evaluation; the same without what is random, unless told",
        "batch_size": "examples of one step of the optimiser, over all processes and all parts of `accumulate`",
        "eval_batch_size": "examples of one batch of an evaluation",
        "epochs": "passes over the training data; ten unless `steps` is given",
        "steps": "steps of the optimiser, in place of `epochs`",
        "optimizer": "the optimiser",
        "schedule": "what becomes of the learning rate during the run",
        "loss": "what is made small, as the mean over the examples",
        "aux_weight": "what the losses of further outputs, which the network gives in training alone, are multiplied with",
        "mixup": "images and labels of a batch are mixed in pairs: the parameter of the beta distribution, 0 for not at all",
        "cutmix": "parts of images are cut into others; beside `mixup` one of the two is drawn for each batch",
        "ema": "the decay per step of the moving average of the weights, which is evaluated and saved",
        "clip_grad_norm": "the largest norm that the gradients of all parameters together may have",
        "accumulate": "parts that a step's batch is split into, for less memory",
        "precision": "the numbers that layers compute with; weights and optimiser stay in fp32",
        "channels_last": "whether the channels of a pixel lie side by side in memory, which GPUs are faster with",
        "compile": "whether `torch.compile` makes the model faster first",
        "deterministic": "whether a GPU takes only operations that give the same bits each time, and refuses the others",
        "seed": "all that is drawn follows from it",
        "eval_every": "how often the network is evaluated",
        "save_every": "how often a checkpoint is saved",
        "log_every": "how often a line is logged; a number alone counts steps",
        "early_stopping": "evaluations without a better score after which the run ends",
        "workers": "processes that read images; 0 for none beside the training itself",
        "cache": "`device` holds a small data set in the device's memory and transforms it there, in batches",
    }
)
"""keys of `train` and of a recipe's file"""

TYPES = MappingProxyType(
    {
        "int": "a whole number",
        "float": "a number",
        "number": "a number",
        "bool": "true or false",
        "size": "a whole number, one for each axis (`3x5`), or `same`",
        "text": "a text, in which `{expression}` is filled in",
        "list": "a list",
        "item": "an item: an operation, a block, or a list of them; `none` for none",
        "axis": "an axis, by its name or number",
    }
)
"""types that a parameter may declare"""

GIVEN = MappingProxyType(
    {
        "x": "what flows into this item",
        "input": "what flows into the block",
        "it": "the number of a token",
    }
)
"""names that are always there"""

AXES = MappingProxyType(
    {
        "batch": "axis 0, the examples",
        "channels": "axis 1",
        "depth": "the first of three spatial axes",
        "height": "the axis before the last, of images and volumes",
        "width": "the last axis, of images and volumes",
        "length": "the axis after the channels, of lines",
        "features": "the last axis",
    }
)
"""names of axes, and of the sizes that `x.channels` and the like give"""
