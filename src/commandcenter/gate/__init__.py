"""The one place every model call passes: admitted, held, budgeted, queued, rewritten, metered, cut."""
