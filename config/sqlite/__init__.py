"""SQLite as Django knows it, with connections that outlive their thread."""
