from django.db import migrations, models


class Migration(migrations.Migration):
    # Decisions pointed to the rows.
    dependencies = [("workstreams", "0007_rules_as_a_document"), ("conversations", "0014_decisions_of_documents")]

    operations = [
        migrations.DeleteModel("Condition"),
        migrations.DeleteModel("Rule"),
        migrations.RemoveConstraint("ruleset", "ruleset_version_unique"),
        migrations.RemoveField("ruleset", "kind"),
        migrations.AddConstraint("ruleset", models.UniqueConstraint(fields=("workstream", "version"), name="ruleset_version_unique")),
    ]
