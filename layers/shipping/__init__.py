"""Shipping: one shipment per order, handed to a carrier, and the table of what shipping costs."""
