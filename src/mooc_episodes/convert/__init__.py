"""Published folders in the formats of other libraries, read through the loader."""
