"""What an auditor reads: the table with its reasons, and a journal judged from the journal alone."""
