"""A mail from its text to the day it is sent: what goes out, in whose words, and what became of it."""
