"""What `make bench` measures: the log beside its floors and its peers, on one PostgreSQL."""
