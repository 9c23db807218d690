"""Scripts that answer one question each, with what the answer is compared to. They are never timed tests."""
