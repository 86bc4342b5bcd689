"""PostgreSQL and Valkey from their wheels, for the demo and the tests; a deployment brings its own.

    with servers(state_dir) as urls:
        urls.database_url, urls.redis_url

Unix sockets only, in a private directory; random passwords; an unprivileged user when we are root; nothing
outlives the process that started it. Imports neither Django nor its settings: it runs before they can load.
"""

from portal.embedded.places import AlreadyRunning, EmbeddedError
from portal.embedded.servers import Servers, Urls, erase, servers

__all__ = ["AlreadyRunning", "EmbeddedError", "Servers", "Urls", "erase", "servers"]
