"""RECEIVE and show: every door."""
