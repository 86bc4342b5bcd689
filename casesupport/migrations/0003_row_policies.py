"""Row-level security: PostgreSQL shows and takes only the rows of the session's scope (portal.access.scope)."""

from django.db import migrations

# Evaluated once a statement, not once a row; null and '' in a session that was given no scope.
SCOPE = "(SELECT current_setting('portal.scope', true))"
AGENCY = f"(SELECT CASE WHEN {SCOPE} LIKE 'agency:%' THEN substr({SCOPE}, 8)::uuid END)"

# As CaseRequest.visible_to: a draft is its agency's alone, until it is submitted or put in quarantine.
REQUEST = f"""
    {SCOPE} = 'system'
    OR agency_id = {AGENCY}
    OR {SCOPE} IN ('exchange', 'oversight') AND submitted_at IS NOT NULL
    OR {SCOPE} = 'oversight' AND quarantined_at IS NOT NULL
"""
# The policy of the case requests filters this subquery too.
PART = f"""
    {SCOPE} = 'system'
    OR EXISTS (SELECT FROM casesupport_caserequest r WHERE r.id = case_request_id)
"""
# The exchange works on case requests and begins none.
BEGINS = f"{SCOPE} = 'system' OR agency_id = {AGENCY}"


def policies(table, rows, begins=None):
    forward = [
        f"CREATE POLICY scope ON {table} USING ({rows})",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        # The owner too, so that nobody but a superuser reads past it.
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    ]
    backward = [
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        f"DROP POLICY scope ON {table}",
    ]
    if begins:
        forward.append(f"CREATE POLICY begins ON {table} AS RESTRICTIVE FOR INSERT WITH CHECK ({begins})")
        backward.append(f"DROP POLICY begins ON {table}")
    return migrations.RunSQL(forward, backward)


class Migration(migrations.Migration):
    dependencies = [("casesupport", "0002_quarantine")]

    operations = [
        policies("casesupport_caserequest", REQUEST, BEGINS),
        *(
            policies(f"casesupport_{table}", PART)
            for table in ("document", "legalprocess", "message", "target")
        ),
    ]
