"""Outcome events by week, exposures with all that is counted of them, and the counts.

Events that were reported before are taken over. Exposures and counts are made of them by
`manage.py recount_outcomes --repair`.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import portal.models.agency

# The first 48 bits of a UUIDv7 are its milliseconds.
WEEKS = """
CREATE TYPE campaigns_leading AS (
    rank smallint, led_at timestamptz, region varchar, language varchar, variant varchar, amount_band varchar);

CREATE FUNCTION campaigns_first_id(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

CREATE FUNCTION campaigns_make_outcome_week(moment timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    starts timestamptz := date_trunc('week', moment, 'UTC');
    ends timestamptz := starts + interval '7 days';
    name text := 'campaigns_outcomeevent_' || to_char(starts AT TIME ZONE 'UTC', 'IYYY"w"IW');
BEGIN
    IF moment NOT BETWEEN now() - interval '5 years' AND now() + interval '1 year' THEN
        RAISE EXCEPTION 'no events are expected then';
    END IF;
    -- Two that find it missing at once: the second waits, and then finds it.
    PERFORM pg_advisory_xact_lock(7220158);
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Attached, it holds up nobody who writes; made as a partition it would.
    EXECUTE format('CREATE TABLE %I (LIKE campaigns_outcomeevent INCLUDING ALL)', name);
    EXECUTE format(
        'ALTER TABLE campaigns_outcomeevent ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        name, campaigns_first_id(starts), campaigns_first_id(ends));
    RETURN true;
END $$;

CREATE FUNCTION campaigns_drop_outcome_weeks(before timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last text := 'campaigns_outcomeevent_'
        || to_char(date_trunc('week', before, 'UTC') AT TIME ZONE 'UTC', 'IYYY"w"IW');
    week text;
    gone text[] := '{}';
BEGIN
    IF before > now() - interval '30 days' THEN
        RAISE EXCEPTION 'events are kept for 30 days at least';
    END IF;
    FOR week IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'campaigns_outcomeevent'::regclass AND c.relname < last ORDER BY 1
    LOOP
        EXECUTE format('DROP TABLE %I', week);
        gone := gone || week;
    END LOOP;
    RETURN gone;
END $$;
"""
UNDO_WEEKS = """
DROP FUNCTION campaigns_drop_outcome_weeks(timestamptz);
DROP FUNCTION campaigns_make_outcome_week(timestamptz);
DROP FUNCTION campaigns_first_id(timestamptz);
DROP TYPE campaigns_leading;
"""
EVENTS = """
ALTER TABLE campaigns_outcomeevent RENAME TO outcomeevent_before;
CREATE TABLE campaigns_outcomeevent (
    id uuid PRIMARY KEY,
    client_id uuid NOT NULL,
    kind varchar(12) NOT NULL,
    version_id uuid NOT NULL,
    variant varchar(20) NOT NULL,
    region varchar(6) NOT NULL,
    language varchar(10) NOT NULL,
    part varchar(10) NOT NULL,
    amount_band varchar(12) NOT NULL,
    reference uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL
) PARTITION BY RANGE (id);
SELECT campaigns_make_outcome_week(week) FROM (
    SELECT date_trunc('week', uuid_extract_timestamp(id), 'UTC') FROM outcomeevent_before
    UNION
    SELECT date_trunc('week', week, 'UTC')
    FROM generate_series(now() - interval '2 weeks', now() + interval '8 weeks', interval '1 week') week
) weeks(week);
INSERT INTO campaigns_outcomeevent
SELECT id, client_id, kind, version_id, '', region, language, part, '', reference::uuid, occurred_at, received_at
FROM outcomeevent_before;
DROP TABLE outcomeevent_before;
"""
UNDO_EVENTS = """
ALTER TABLE campaigns_outcomeevent RENAME TO outcomeevent_after;
CREATE TABLE campaigns_outcomeevent (
    id uuid PRIMARY KEY,
    kind varchar(12) NOT NULL,
    region varchar(6) NOT NULL,
    language varchar(10) NOT NULL,
    part varchar(10) NOT NULL,
    reference varchar(32) NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    client_id uuid NOT NULL REFERENCES portal_client DEFERRABLE INITIALLY DEFERRED,
    version_id uuid NOT NULL REFERENCES campaigns_version DEFERRABLE INITIALLY DEFERRED);
INSERT INTO campaigns_outcomeevent
SELECT id, kind, region, language, part, replace(reference::text, '-', ''), occurred_at, received_at,
    client_id, version_id
FROM outcomeevent_after WHERE kind IN ('shown', 'reviewed', 'reconsidered', 'proceeded');
DROP TABLE outcomeevent_after;
"""


class Migration(migrations.Migration):
    dependencies = [
        ('campaigns', '0008_question_part'),
        ('portal', '0015_application_mail'),
    ]

    operations = [
        migrations.RunSQL(WEEKS, UNDO_WEEKS),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(EVENTS, UNDO_EVENTS)],
            state_operations=[
                migrations.DeleteModel('OutcomeEvent'),
                migrations.CreateModel(
                    name='OutcomeEvent',
                    fields=[
                        ('id', models.UUIDField(primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('assigned', 'Assigned'), ('shown', 'Shown'), ('reviewed', 'Reviewed'), ('reconsidered', 'Reconsidered'), ('proceeded', 'Proceeded'), ('reported', 'Reported as a scam'), ('cleared', 'Found honest')], max_length=12)),
                        ('variant', models.CharField(blank=True, max_length=20)),
                        ('region', portal.models.agency.RegionField(max_length=6, validators=[portal.models.agency.validate_region])),
                        ('language', models.CharField(max_length=10)),
                        ('part', models.CharField(blank=True, choices=[('tips', 'Tips'), ('examples', 'Examples'), ('resource', 'A resource'), ('question', 'The question')], max_length=10)),
                        ('amount_band', models.CharField(blank=True, choices=[('under_100', 'under 100 US dollars'), ('100_999', '100 to 999 US dollars'), ('1000_9999', '1,000 to 9,999 US dollars'), ('10000_99999', '10,000 to 99,999 US dollars'), ('from_100000', '100,000 US dollars and more')], max_length=12)),
                        ('reference', models.UUIDField()),
                        ('occurred_at', models.DateTimeField()),
                        ('received_at', models.DateTimeField()),
                        ('client', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.client')),
                        ('version', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.version')),
                    ],
                    options={'verbose_name': 'outcome event', 'verbose_name_plural': 'outcome events'},
                ),
            ],
        ),
        migrations.DeleteModel('Exposure'),
        migrations.CreateModel(
            name='Exposure',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reference', models.UUIDField()),
                ('rank', models.SmallIntegerField()),
                ('led_at', models.DateTimeField()),
                ('region', portal.models.agency.RegionField(max_length=6, validators=[portal.models.agency.validate_region])),
                ('language', models.CharField(max_length=10)),
                ('variant', models.CharField(blank=True, max_length=20)),
                ('amount_band', models.CharField(blank=True, max_length=12)),
                ('assigned_at', models.DateTimeField(null=True)),
                ('shown_at', models.DateTimeField(null=True)),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('reconsidered_at', models.DateTimeField(null=True)),
                ('proceeded_at', models.DateTimeField(null=True)),
                ('reported_at', models.DateTimeField(null=True)),
                ('cleared_at', models.DateTimeField(null=True)),
                ('opened', models.SmallIntegerField(default=0)),
                ('campaign', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='exposures', to='campaigns.campaign')),
                ('client', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.client')),
                ('version', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='exposures', to='campaigns.version')),
            ],
            options={
                'verbose_name': 'exposure',
                'verbose_name_plural': 'exposures',
                'constraints': [models.UniqueConstraint(fields=('version', 'client', 'reference'), name='exposure_once_per_withdrawal')],
                'indexes': [django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['led_at'], name='exposure_led')],
            },
        ),
        migrations.CreateModel(
            name='OutcomeChange',
            fields=[
                ('hour', models.DateTimeField()),
                ('variant', models.CharField(blank=True, max_length=20)),
                ('language', models.CharField(max_length=10)),
                ('region', portal.models.agency.RegionField(max_length=6, validators=[portal.models.agency.validate_region])),
                ('assigned', models.BigIntegerField()),
                ('shown', models.BigIntegerField()),
                ('reviewed', models.BigIntegerField()),
                ('reconsidered', models.BigIntegerField()),
                ('either', models.BigIntegerField()),
                ('proceeded', models.BigIntegerField()),
                ('unanswered', models.BigIntegerField()),
                ('reported', models.BigIntegerField()),
                ('cleared', models.BigIntegerField()),
                ('tips', models.BigIntegerField()),
                ('examples', models.BigIntegerField()),
                ('resource', models.BigIntegerField()),
                ('question', models.BigIntegerField()),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'outcome change',
                'verbose_name_plural': 'outcome changes',
            },
        ),
        migrations.CreateModel(
            name='OutcomeCount',
            fields=[
                ('hour', models.DateTimeField()),
                ('variant', models.CharField(blank=True, max_length=20)),
                ('language', models.CharField(max_length=10)),
                ('region', portal.models.agency.RegionField(max_length=6, validators=[portal.models.agency.validate_region])),
                ('assigned', models.BigIntegerField()),
                ('shown', models.BigIntegerField()),
                ('reviewed', models.BigIntegerField()),
                ('reconsidered', models.BigIntegerField()),
                ('either', models.BigIntegerField()),
                ('proceeded', models.BigIntegerField()),
                ('unanswered', models.BigIntegerField()),
                ('reported', models.BigIntegerField()),
                ('cleared', models.BigIntegerField()),
                ('tips', models.BigIntegerField()),
                ('examples', models.BigIntegerField()),
                ('resource', models.BigIntegerField()),
                ('question', models.BigIntegerField()),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'outcome count',
                'verbose_name_plural': 'outcome counts',
            },
        ),
        migrations.AddField(
            model_name='outcomechange',
            name='version',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.version'),
        ),
        migrations.AddField(
            model_name='outcomecount',
            name='version',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='campaigns.version'),
        ),
        migrations.AddConstraint(
            model_name='outcomecount',
            constraint=models.UniqueConstraint(fields=('version', 'hour', 'variant', 'language', 'region'), name='counted_once'),
        ),
    ]
