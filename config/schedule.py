"""When beat sends which task. Each expires unread, so that none pile up while no worker runs.

Beat writes it into the database when it starts; `SWITCHED_ON` is what it writes, so that a row that was changed or switched off
there stays so until the next start at most.

Each message takes the worker some milliseconds, for which what is settled just then waits. So no task comes oftener than it must,
and their seconds share no divisor: two seldom fall together. What should not wait for its turn is nudged as well.
"""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    # The sweeper of the inbox: the same task as the nudge, for a nudge that was lost.
    "sweep the inbox": {"task": "webhooks.drain", "schedule": 7.0, "options": {"expires": 10, "queue": "settle"}},
    "expire holds": {"task": "ledger.expire_holds", "schedule": 31.0, "options": {"expires": 60}},
    "show that beat runs": {"task": "config.beat_seen", "schedule": 11.0, "options": {"expires": 20}},
    "forget sessions that ran out": {"task": "access.forget_sessions", "schedule": 3600.0, "options": {"expires": 3600}},
    "ask gateways": {"task": "payments.ask_gateways", "schedule": 5.0, "options": {"expires": 10}},
    "close what died halfway": {"task": "payments.sweep_attempts", "schedule": 13.0, "options": {"expires": 20}},
    "forget sign-ins that ran out": {"task": "access.forget_sign_ins", "schedule": 3600.0, "options": {"expires": 3600}},
    "count payments": {"task": "payments.roll_up", "schedule": 6.0, "options": {"expires": 12}},
    "add up accounts": {"task": "payments.sum_accounts", "schedule": 17.0, "options": {"expires": 15}},
    "mend what was counted": {"task": "payments.mend_rollups", "schedule": 21600.0, "options": {"expires": 3600}},
    "sweep idempotency keys": {"task": "core.sweep_idempotency_keys", "schedule": 19.0, "options": {"expires": 30}},
    "forget idempotency keys": {"task": "core.forget_idempotency_keys", "schedule": 60.0, "options": {"expires": 60}},
    "make partitions ahead": {"task": "core.keep_partitions", "schedule": 3600.0, "options": {"expires": 3600}},
    "analyze partitioned tables": {"task": "core.analyze_partitioned", "schedule": 1800.0, "options": {"expires": 1800}},
}

SWITCHED_ON = {name: {**entry, "enabled": True} for name, entry in SCHEDULE.items()}
