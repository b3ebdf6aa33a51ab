"""What happened to one user or one course."""
