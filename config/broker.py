"""Redis or Valkey as the broker, as kombu speaks to it, but for one thing."""

from kombu.transport import redis
from redis import ConnectionError as LostConnection
from redis import ConnectionPool


class Channel(redis.Channel):
    """Of a connection that is lost and closed it says so, in words that Celery expects.

    kombu (5.7) still wants to give back or acknowledge what was in hand then, has forgotten to whom, and raises AttributeError:
    for Celery the end of the worker, of one in ten whenever the broker died. What was in hand comes back by itself after
    `visibility_timeout`.
    """

    @property
    def pool(self) -> ConnectionPool:
        if getattr(self.connection, "client", None) is None:
            raise LostConnection("this connection is closed")
        pool: ConnectionPool = super().pool
        return pool


class Transport(redis.Transport):
    Channel = Channel
