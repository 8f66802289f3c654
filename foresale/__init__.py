"""Foresale: conversion, value and churn predictions from CRM history, with reasons a salesperson understands.

import foresale

company = foresale.open_company("foresale.toml")
company.ingest()
table = company.training_set("churn")  # inputs as of each cutoff, and the outcome
company.train()
company.predict("churn", ["A-1042"])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foresale.company import Company, open_company
    from workspace.errors import ForesaleError

__all__ = ["Company", "ForesaleError", "open_company"]


def __getattr__(name: str) -> Any:
    """The public names, imported when they are asked for: `import foresale` costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'foresale' has no attribute {name!r}: it has {', '.join(__all__)}")
    import foresale.company
    import workspace.errors

    return getattr(workspace.errors if name == "ForesaleError" else foresale.company, name)
