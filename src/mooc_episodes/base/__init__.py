"""What every subpackage uses: paths, errors, progress."""
