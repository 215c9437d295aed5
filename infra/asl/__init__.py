"""Validates the state machines: the language itself, and the house rules that keep a saga able to undo what it did.

`python -m infra.asl` is part of `make check`. docs/saga.md explains the rules.
"""
