"""A stand-in for LINE on its own port: LINE's endpoints, a control API for tests and scripts, and a phone page.

It is a program of its own. It imports nothing of the product and needs no database; the product reaches it only
through the settings that name LINE's hosts, and nothing in the product imports it.
"""
