"""A simulated port that plays from outside: it speaks through the public HTTP doors and imports no other room."""
