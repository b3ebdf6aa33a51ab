"""What every room stands on: paths, errors, progress."""
