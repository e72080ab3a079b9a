"""The thresholds that the findings of this analysis share."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Limits:
    """Thresholds of the findings, minor and major, and what colours need."""

    wrong_class: tuple[float, float]
    hours_gap: tuple[float, float]
    yield_gap: tuple[float, float]
    uncovered: tuple[float, float]
    load: tuple[float, float]
    visits_per_customer_year: float
    rng: np.random.Generator
