"""Catalogue: what is for sale, at which price, in which category."""
