"""Tests of the LINE simulator, and the means for other tests to use it."""
