"""From a folder of exports to validated canonical tables: `load`, and `check` to see how."""

from salesaudit.ingest.check import CheckReport, check
from salesaudit.ingest.load import load

__all__ = ["CheckReport", "check", "load"]
