"""The first page of the back office: what needs a human, what came in, how it goes, what the books say.

Every figure is read from what the worker keeps, and leads to exactly the rows that it counts.
"""

from config.overview.page import overview

__all__ = ["overview"]
