"""Measurements; they print ratios and decide nothing."""
