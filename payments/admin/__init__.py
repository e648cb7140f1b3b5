"""Payments in the back office."""

from payments.admin import panels, payments

__all__ = ["panels", "payments"]
