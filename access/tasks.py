"""Upkeep of what signing in leaves behind."""

from celery import shared_task


@shared_task(name="access.forget_sessions")
def forget_sessions() -> None:
    """Delete the sessions that have run out; nobody can use them any more, and nothing else would."""
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    Session.objects.filter(expire_date__lt=timezone.now()).delete()
