import django.db.models.deletion
from django.db import migrations, models


def note_contacts(apps, schema_editor):
    """As far as it is known: the contact that the customer has now."""
    RoutingDecision = apps.get_model("conversations", "RoutingDecision")
    of_now = RoutingDecision.objects.filter(pk=models.OuterRef("pk")).values("conversation__profile__contact")[:1]
    linked = RoutingDecision.objects.filter(conversation__profile__contact__isnull=False)
    RoutingDecision.objects.filter(pk__in=linked.values("pk")).update(contact=models.Subquery(of_now))


class Migration(migrations.Migration):
    dependencies = [("conversations", "0015_timers")]

    operations = [
        migrations.AddField(
            "routingdecision",
            "contact",
            models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="conversations.contact"
            ),
        ),
        migrations.RunPython(note_contacts, migrations.RunPython.noop),
    ]
