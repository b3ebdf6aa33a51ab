"""Reading what dbt built, from DuckDB or Spark."""
