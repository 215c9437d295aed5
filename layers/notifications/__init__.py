"""Notifications: tells customers by e-mail what became of their orders, once, and keeps a record of it."""
