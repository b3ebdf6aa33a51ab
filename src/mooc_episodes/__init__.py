"""Few-shot training data for cold-start recommenders, from learner-course events."""

__version__ = "0.1.0"
