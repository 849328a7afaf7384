"""TRANSLATE: how others say it."""
