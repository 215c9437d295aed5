"""Tests against the deployed templates on an engine of their own."""
