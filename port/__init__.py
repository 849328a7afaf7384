"""JUDGE: what the facts mean."""
