"""Every fault at every state of the shipped state machines, with the real handlers: `make faults`."""
