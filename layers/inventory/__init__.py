"""Inventory: what is on hand, what is held for orders, and what is left to sell."""
