"""Everything that writes YAML for people: layout, new cases, safe replacing; judges no content."""
