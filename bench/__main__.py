"""`python -m bench`: every measurement, one table."""

from __future__ import annotations

import torch

from bench import building, cold, editing, elaboration, growth, running, training
from bench.pairs import table

QUESTIONS = (cold, elaboration, building, running, training, growth, editing)

if __name__ == "__main__":
    torch.set_num_threads(1)
    print(table([row for question in QUESTIONS for row in question.rows()]))
