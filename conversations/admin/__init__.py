"""Admin pages that need to know conversations, and what administrators define about customers."""

from . import contact_settings

__all__ = ["contact_settings"]
