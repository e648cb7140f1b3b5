"""Payments in the back office."""

from payments.admin import attempts, exception_acts, gateways, orders, panels, payments

__all__ = ["attempts", "exception_acts", "gateways", "orders", "panels", "payments"]
