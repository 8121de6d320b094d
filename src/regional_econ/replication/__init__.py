"""The replication package: a finished run as one archive that a stranger can check, read and run again offline."""
