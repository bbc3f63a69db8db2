"""From a checked library to a folder of pages that works from file://; holds no rules of the domain."""
