"""Audit: the trail of what happened to orders and payments, without personal data."""
