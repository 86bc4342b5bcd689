"""Row-level security: documents of an application are for its applicant, and for the exchange to read."""

from django.db import migrations

# Evaluated once a statement, not once a row; null and '' in a session that was given no scope.
SCOPE = "(SELECT current_setting('portal.scope', true))"
APPLICATION = f"(SELECT CASE WHEN {SCOPE} LIKE 'application:%' THEN substr({SCOPE}, 13)::uuid END)"
TABLE = "portal_applicationdocument"


class Migration(migrations.Migration):
    dependencies = [("portal", "0013_client_registered_at")]

    operations = [
        migrations.RunSQL(
            [
                f"CREATE POLICY scope ON {TABLE} USING ({SCOPE} = 'system' OR application_id = {APPLICATION})",
                f"CREATE POLICY reads ON {TABLE} FOR SELECT"
                f" USING ({SCOPE} IN ('vetting', 'exchange', 'oversight'))",
                f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY",
            ],
            [
                f"ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY",
                f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY",
                f"DROP POLICY reads ON {TABLE}",
                f"DROP POLICY scope ON {TABLE}",
            ],
        )
    ]
