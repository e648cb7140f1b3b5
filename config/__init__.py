"""Wiring. The Celery app is imported here, or a web process would publish silently to a broker nobody reads."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
