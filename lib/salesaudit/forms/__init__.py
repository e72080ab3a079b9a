"""Forms that people fill in: the list of visits to ask about, and what managers believe, want and spend time on.

A list is written to inputs/, where it is read back; what is handed out to several people goes to forms/, and each
filled copy into inputs/. Nothing is ever overwritten.
"""

from salesaudit.forms.people import write_forms
from salesaudit.forms.verification import Listed, sample

__all__ = ["Listed", "sample", "write_forms"]
