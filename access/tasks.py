"""Upkeep of what signing in leaves behind."""

from celery import shared_task


@shared_task(name="access.forget_sessions")
def forget_sessions() -> None:
    """Delete the sessions that have run out; nobody can use them any more, and nothing else would."""
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    Session.objects.filter(expire_date__lt=timezone.now()).delete()


@shared_task(name="access.forget_sign_ins")
def forget_sign_ins() -> int:
    """Delete the API's sign-ins that have run out, with their tokens. Returns how many."""
    from access.services import sign_ins

    return sign_ins.forget()
