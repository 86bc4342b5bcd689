"""What those who publish and the processes that follow agree on."""

# On this name a transaction that changes what is served notifies.
CHANNEL = "portal_delivery"
# Characters of a host's name, as processes give it.
HOST_MAX = 255
