"""Checking a published folder by its files alone."""
