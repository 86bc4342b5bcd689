"""Sign-in at an agency's own OpenID Connect provider: it stands for the password, rarely for more."""
