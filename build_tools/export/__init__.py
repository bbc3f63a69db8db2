"""The export room: comparison with a pending matter and the 类案检索报告; prints nothing."""
