"""What identity does: one module for each thing that people come for."""
