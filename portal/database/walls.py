"""Whether the application's database role is as confined as row policies assume; asked as that very role."""

import psycopg

# Each is true when something is wrong. A membership counts: it can be used by SET ROLE.
FAULTS = {
    "can be a superuser": """
        EXISTS (SELECT FROM pg_roles WHERE rolsuper AND pg_has_role(session_user, oid, 'MEMBER'))""",
    "can pass by row-level security": """
        EXISTS (SELECT FROM pg_roles WHERE rolbypassrls AND pg_has_role(session_user, oid, 'MEMBER'))""",
    "can make roles or databases": """
        EXISTS (SELECT FROM pg_roles
                WHERE (rolcreaterole OR rolcreatedb) AND pg_has_role(session_user, oid, 'MEMBER'))""",
    "owns tables or can act as their owner": """
        EXISTS (SELECT FROM pg_class WHERE pg_has_role(session_user, relowner, 'MEMBER'))""",
    "owns the database or can act as its owner": """
        EXISTS (SELECT FROM pg_database
                WHERE datname = current_database() AND pg_has_role(session_user, datdba, 'MEMBER'))""",
    "can make tables": """
        EXISTS (SELECT FROM pg_namespace WHERE has_schema_privilege(session_user, oid, 'CREATE'))
        OR has_database_privilege(session_user, current_database(), 'TEMPORARY, CREATE')""",
    "can switch off triggers": "has_parameter_privilege(session_user, 'session_replication_role', 'SET')",
    "begins its sessions with a scope": "coalesce(current_setting('portal.scope', true), '') <> ''",
}


def faults(url: str) -> list[str]:
    """What the role of this URL can do that it must not, in words for operators."""
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as session:
        answers = session.execute(f"SELECT {', '.join(FAULTS.values())}").fetchone()
        found = [fault for fault, is_so in zip(FAULTS, answers or (), strict=True) if is_so]
        if _is_shared(session, url):
            found.append("shares its session: a pooler must pool sessions, not transactions")
    return found


def _is_shared(session: "psycopg.Connection[tuple]", url: str) -> bool:
    """Whether another connection is served by our session meanwhile: it would act in our scope."""
    pid = _pid(session)
    if pid == session.info.backend_pid:
        return False  # nobody stands between us and PostgreSQL
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as other:
        return _pid(other) == pid


def _pid(session: "psycopg.Connection[tuple]") -> int:
    row = session.execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0
