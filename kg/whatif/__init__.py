"""A patch -> what would newly hold and what no longer would, with proofs; nothing is stored."""

from kg.whatif.answers import Answers, Asker
from kg.whatif.dataset import DatasetChange
from kg.whatif.engine import WhatIf
from kg.whatif.outcome import Change, Outcome, Patch

__all__ = ["Answers", "Asker", "Change", "DatasetChange", "Outcome", "Patch", "WhatIf"]
