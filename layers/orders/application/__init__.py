"""The use cases of orders: placing, reading, paying, the saga's steps, and sweeping up what was left behind."""
