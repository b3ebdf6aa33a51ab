"""Publishing what dbt built: read the warehouse, write the artifacts, keep record."""
