"""`make replay FILE=orders.csv`: real orders (the UCI Online Retail format) through the public API, to the penny."""
