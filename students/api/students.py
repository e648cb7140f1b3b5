"""What staff and the student may read: who they are, what they owe, and how it came to that."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from access.api.authentication import UserToken
from access.callers import Caller
from access.errors import TwoCredentials
from core.api.schema import raises
from core.api.views import ApiView
from core.pagination import IdCursor
from ledger import chart
from students.errors import UnknownStudent
from students.models import Student
from students.models.student import StudentQuerySet
from students.services.statement import Line, Standing, lines_of, standing_of


class StandingSerializer(serializers.Serializer[Standing]):
    balance_owed = serializers.IntegerField(source="owed_minor", help_text="Minor units.")
    credit = serializers.IntegerField(source="credit_minor", help_text="Minor units paid beyond what was charged.")
    currency = serializers.CharField()


class StudentSerializer(serializers.ModelSerializer[Student]):
    class Meta:
        model = Student
        fields = ["student_id", "name", "first_name", "last_name", "enrollment_status"]


class StudentAndStanding(StudentSerializer):
    """As one object, for the schema."""

    balance_owed = serializers.IntegerField(read_only=True, help_text="Minor units.")
    credit = serializers.IntegerField(read_only=True, help_text="Minor units paid beyond what was charged.")
    currency = serializers.CharField(read_only=True)

    class Meta(StudentSerializer.Meta):
        fields = [*StudentSerializer.Meta.fields, "balance_owed", "credit", "currency"]


class LineSerializer(serializers.Serializer[Line]):
    id = serializers.UUIDField()
    effective_at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="fee, payment, refund, reversal, …")
    reference = serializers.CharField()
    description = serializers.CharField(source="memo")
    debit = serializers.IntegerField(source="debit_minor", help_text="Minor units charged.")
    credit = serializers.IntegerField(source="credit_minor", help_text="Minor units paid.")
    balance = serializers.IntegerField(source="balance_minor", help_text="Minor units owed afterwards; below zero it is credit.")


class OfStudent(ApiView):
    """One student, for staff who may view students and for the student. To anyone else they do not exist.

    Staff come with the session of the back office, whose second factor a token does not have: with a token, and not one that a
    key opened, everybody sees the student they are.
    """

    authentication_classes = [UserToken, SessionAuthentication]
    permission_classes = [IsAuthenticated]
    refusals = (TwoCredentials,)

    def student(self, request: Request, student_id: str) -> Student:
        """Raises UnknownStudent."""
        student = self._visible(request).filter(student_id=student_id).first() if chart.fits(student_id) else None
        if student is None:
            raise UnknownStudent
        return student

    def _visible(self, request: Request) -> StudentQuerySet:
        caller = request.auth
        if not isinstance(caller, Caller):
            return Student.objects.visible_to(request.user)
        return Student.objects.of_person(caller.user) if caller.user and caller.is_person else Student.objects.none()


class StudentView(OfStudent):
    @extend_schema(
        operation_id="students_read", summary="A student, what they owe and their credit", responses=StudentAndStanding
    )
    @raises(UnknownStudent)
    def get(self, request: Request, student_id: str) -> Response:
        student = self.student(request, student_id)
        return Response(StudentSerializer(student).data | StandingSerializer(standing_of(student)).data)


class StatementView(OfStudent):
    @extend_schema(
        operation_id="students_statement",
        summary="What a student was charged and paid, newest first",
        responses=LineSerializer(many=True),
    )
    @raises(UnknownStudent)
    def get(self, request: Request, student_id: str) -> Response:
        pages = IdCursor()
        lines: Any = pages.paginate_rows(request, partial(lines_of, self.student(request, student_id)))
        return pages.get_paginated_response(LineSerializer(lines, many=True).data)
