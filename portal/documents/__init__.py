"""Files from outside: judged by their content, kept under random names, given out as attachments only."""
