from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workstreams", "0011_transfers")]

    operations = [
        migrations.AddField(
            "queue",
            "ended_texts",
            models.JSONField(
                blank=True,
                default=dict,
                help_text="what customers are told when it ends their conversations, by language, instead of the usual words",
            ),
        ),
    ]
