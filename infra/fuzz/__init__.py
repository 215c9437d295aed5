"""Thousands of good and bad requests, made from docs/openapi.json, against a local stack: `make fuzz`."""
