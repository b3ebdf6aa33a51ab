"""Building a dataset: dbt, and what it says when it fails."""
