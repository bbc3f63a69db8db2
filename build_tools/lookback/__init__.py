"""Looking back at cases: what is due, samples, records, obligations, assessment; prints and draws nothing."""
