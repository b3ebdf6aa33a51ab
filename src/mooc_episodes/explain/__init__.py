"""What became of one user or one course."""
