"""The room of forms: what a form asks (from the schema), writing it as Word and Excel, reading it back into a draft."""
