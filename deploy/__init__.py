"""What sets the portal up and runs it: called by the Makefile, never imported by the portal."""
