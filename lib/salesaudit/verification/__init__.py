"""Did the logged visits take place? A sample of them that is drawn by chance, and what the customers answered.

frame      all visits that could be drawn, frozen under a fingerprint
entries    when a visit was entered, where that says anything
signs      what exports without positions say against, and for, a logged visit
sample     how many visits, of whom, and which
answers    what came back, with everything that does not fit
"""

from salesaudit.verification.answers import ANSWERED, Answers, read_answers
from salesaudit.verification.frame import Frame, freeze
from salesaudit.verification.sample import Draw, draw
from salesaudit.verification.signs import CERTAIN, RISKS, SIGNS, SUSPICIOUS, USUAL, signs, traces

__all__ = [
    "ANSWERED",
    "CERTAIN",
    "RISKS",
    "SIGNS",
    "SUSPICIOUS",
    "USUAL",
    "Answers",
    "Draw",
    "Frame",
    "draw",
    "freeze",
    "read_answers",
    "signs",
    "traces",
]
