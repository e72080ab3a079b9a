"""The analyses; one module each, found by their notebooks."""
