"""REMEMBER: what happened, kept and told."""
