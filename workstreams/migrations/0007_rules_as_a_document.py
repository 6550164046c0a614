"""Rules become one document a version. The rows stay until decisions no longer point to them (0006)."""

from django.db import migrations, models

import workstreams.models.rules


def write_documents(apps, schema_editor):
    """Every version, whatever it holds: the position of a row was its order, and all of its conditions had to hold."""
    Ruleset, Rule = apps.get_model("workstreams", "Ruleset"), apps.get_model("workstreams", "Rule")
    for ruleset in Ruleset.objects.order_by("pk").iterator():
        rules = Rule.objects.filter(ruleset=ruleset).order_by("position").prefetch_related("conditions")
        ruleset.content = {"classification": [], "routes": [route(rule) for rule in rules]}
        ruleset.save(update_fields=["content"])


def route(rule):
    conditions = sorted(rule.conditions.all(), key=lambda row: row.position)
    nodes = [{"fact": row.fact, "operator": row.operator, "value": row.value} for row in conditions]
    return {
        "id": f"r{rule.pk}",
        "name": rule.name,
        "enabled": True,
        "when": {"all": nodes},
        "to": [{"queue": rule.queue_id, "percent": 100}],
        "overflow": None,
    }


def write_rows(apps, schema_editor):
    """What rows can hold: routes to one queue, of which all conditions hold. Anything else is left out."""
    Ruleset, Rule, Condition = (apps.get_model("workstreams", name) for name in ("Ruleset", "Rule", "Condition"))
    for ruleset in Ruleset.objects.order_by("pk").iterator():
        Rule.objects.filter(ruleset=ruleset).delete()
        kept = [route for route in ruleset.content.get("routes", []) if fits_rows(route)]
        for position, route in enumerate(kept, start=1):
            rule = Rule.objects.create(ruleset_id=ruleset.pk, position=position, name=route.get("name", ""), queue_id=route["to"][0]["queue"])
            for place, node in enumerate(route["when"]["all"], start=1):
                Condition.objects.create(rule_id=rule.pk, position=place, fact=node["fact"], operator=node["operator"], value=node["value"])


def fits_rows(route):
    nodes = route["when"].get("all")
    return route.get("enabled", True) and len(route["to"]) == 1 and nodes is not None and all("value" in node for node in nodes)


class Migration(migrations.Migration):
    dependencies = [("workstreams", "0006_distribution")]

    operations = [
        migrations.AddField("ruleset", "content", models.JSONField(default=workstreams.models.rules.no_rules)),
        migrations.RunPython(write_documents, write_rows),
    ]
