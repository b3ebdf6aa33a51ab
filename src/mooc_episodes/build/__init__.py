"""Building a data set: dbt, and what it says when it fails."""
