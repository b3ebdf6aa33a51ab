"""What a file of events is, and the settings that read it."""
