"""One module a family of rules; a function marked with `record_rule` or `library_rule` is a rule."""
