"""Reading manifests and other JSON that somebody else may have written."""
