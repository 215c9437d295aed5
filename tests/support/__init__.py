"""What the tests share: mocked AWS, tables and the events that AWS sends to functions."""
