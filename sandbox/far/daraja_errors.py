"""Daraja's way of saying no, and the words it will not have in our addresses."""

import re
import time

from sandbox.far.http import Refused, Reply

FORBIDDEN = re.compile(r"mpesa|m-pesa|safaricom|exe|cmd|sql|query", re.IGNORECASE)


def error(status: int, code: str, message: str) -> Refused:
    """The error envelope, to be raised."""
    return Refused(Reply(status, {"requestId": f"{time.time_ns() % 10**9}-1", "errorCode": code, "errorMessage": message}))
