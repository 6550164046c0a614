import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0016_decisions_know_the_contact"), ("workstreams", "0010_timers")]

    operations = [
        migrations.AddField(
            "conversation",
            "let_go_by",
            models.ForeignKey(
                blank=True,
                help_text="had it until it was queued: is asked last",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="workstreams.agent",
            ),
        ),
    ]
