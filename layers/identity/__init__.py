"""Identity: accounts, passwords, roles, and the tokens that carry them to every other context."""
