"""Under /api/v1/. A school's ids may hold a slash (`ADM/2023/001`), so an id is a path, and the longer pattern stands first."""

from django.urls import path

from students.api.students import StatementView, StudentView
from students.api.validation import validation

urlpatterns = [
    path("validation", validation),
    path("students/<path:student_id>/statement", StatementView.as_view()),
    path("students/<path:student_id>", StudentView.as_view()),
]
