"""What the house notes about itself."""

from django.db import models


class Pulse(models.Model):
    """When a named part last showed life, by the database's clock."""

    WORKER = "worker"
    SEEDED = "demo seeded"

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "pulse"
        verbose_name_plural = "pulses"

    def __str__(self) -> str:
        return self.name
