"""Orders: what customers asked for, the saga that sells it, and the history of both."""
