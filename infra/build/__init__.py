"""Builds the Lambda layers."""
