"""The report: its numbers, charts and page."""
