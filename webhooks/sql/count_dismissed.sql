-- They were counted as failed when they were decided; now nobody needs to look at them any more.
UPDATE queue_state SET failed = failed - %(dismissed)s, completed = completed + %(dismissed)s WHERE name = %(queue)s
