"""The demo: one command that starts everything, seeds a small shop and opens a door for each role."""
