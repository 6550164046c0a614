"""Live hints where there is no Redis: rows that say which topic is stale. Purged after a minute."""

from django.db import models


class LiveHint(models.Model):
    """`topic` changed at `at` (database clock)."""

    topic = models.CharField(max_length=80)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "live hint"
        verbose_name_plural = "live hints"

    def __str__(self) -> str:
        return self.topic
