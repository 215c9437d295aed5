"""Payments: one payment per order, taken through a provider that has the last word on what happened."""
