from django.db import migrations, models


def write_matches(apps, schema_editor):
    """The rule that a decision pointed to, by the id that it has in its version's document; tags become a list."""
    RoutingDecision = apps.get_model("conversations", "RoutingDecision")
    for decision in RoutingDecision.objects.iterator():
        rule = f"r{decision.rule_id}" if decision.rule_id else None
        decision.matched = {"classification": [], "routes": [rule] if rule else [], "route": rule}
        if isinstance(decision.facts, dict) and isinstance(decision.facts.get("customer.tags"), str):
            decision.facts["customer.tags"] = [name for name in decision.facts["customer.tags"].split("\n") if name]
        decision.save(update_fields=["matched", "facts"])


def write_rules(apps, schema_editor):
    """Backwards the rows are new ones: what a decision matched is no longer told."""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0013_distribution"), ("workstreams", "0007_rules_as_a_document")]

    operations = [
        migrations.AddField("routingdecision", "matched", models.JSONField(default=dict)),
        migrations.AddField(
            "routingdecision", "queues", models.JSONField(default=dict, help_text="the queues that were looked at, by id")
        ),
        migrations.AddField("routingdecision", "draw", models.FloatField(default=0)),
        migrations.AddField("routingdecision", "error", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.RunPython(write_matches, write_rules),
        migrations.RemoveField("routingdecision", "rule"),
        migrations.RemoveField("routingdecision", "rule_position"),
    ]
