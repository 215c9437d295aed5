"""`make load`: drives a local stack at rising concurrency, compares all books, and reports to docs/performance.md."""
