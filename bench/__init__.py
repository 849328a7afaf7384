"""Measurements: ratios against a yardstick taken in the same run, since these machines are noisy."""
