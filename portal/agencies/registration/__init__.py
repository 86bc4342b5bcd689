"""When a domain was registered, as its registry says by RDAP; asked by a worker, and kept."""
