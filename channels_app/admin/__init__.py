"""Admin pages of accounts and channels."""
