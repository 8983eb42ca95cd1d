"""Recipes of training: what `train` of a spec, or a file of its own, says of data, optimiser, schedule, loss and the rest."""

from archdsl.recipe.called import Called, Interval, Stretch
from archdsl.recipe.model import Recipe
from archdsl.recipe.reader import read_recipe

__all__ = ["Called", "Interval", "Recipe", "Stretch", "read_recipe"]
