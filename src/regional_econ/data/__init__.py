"""From official files to a panel: reading, harmonising, checking and tracing figures."""
