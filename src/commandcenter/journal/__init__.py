"""The journal: every entry, durable and chained, in segments; nobody else opens SQLite."""
