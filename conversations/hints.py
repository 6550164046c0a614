"""What may wait on this floor, by the name of the task that looks for it (`channels_app.hints`)."""

DISTRIBUTE = "conversations.distribute"
FETCH_PROFILES = "conversations.fetch_profiles"
FETCH_MEDIA = "conversations.fetch_media"
