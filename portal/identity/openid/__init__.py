"""Sign-in at an agency's own OpenID Connect provider: it stands for the password, and only if so set for more."""
