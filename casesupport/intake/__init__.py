"""The agency's side: drafting, checking identifiers, submitting, co-signing, answering, withdrawing."""
