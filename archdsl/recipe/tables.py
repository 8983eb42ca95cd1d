"""The words of each key of a recipe that takes a call."""

from __future__ import annotations

from archdsl.recipe import data, losses, optimizers, schedules, transforms
from archdsl.recipe.words import Table

OPTIMIZER = Table("optimiser", optimizers.OPTIMIZERS, optimizers.OTHER_NAMES, optimizers.REFUSED)
SCHEDULE = Table("schedule", schedules.SCHEDULES, schedules.OTHER_NAMES, schedules.REFUSED)
LOSS = Table("loss", losses.LOSSES, losses.OTHER_NAMES, losses.REFUSED, "loss")
TRANSFORM = Table("transform", transforms.TRANSFORMS, transforms.OTHER_NAMES, transforms.REFUSED)
DATA = Table("data set", data.DATA, data.OTHER_NAMES, data.REFUSED)
TABLES = {"optimizer": OPTIMIZER, "schedule": SCHEDULE, "loss": LOSS, "transforms": TRANSFORM, "data": DATA}
"""by the key of a recipe; `eval_transforms` has those of `transforms`"""
