"""Jobs: a study and its inputs, done by a worker process, kept in the folder."""
