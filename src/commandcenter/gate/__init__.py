"""The one place every model call passes."""
