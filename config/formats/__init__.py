"""How dates are written where Django's own way isn't ours: a folder for each language (docs/decisions/118)."""
