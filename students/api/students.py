"""What staff and the student may read: who they are, what they owe, and how it came to that."""

from functools import partial
from typing import Any

from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.pagination import IdCursor
from ledger import chart
from students.errors import UnknownStudent
from students.models import Student
from students.services.statement import Line, Standing, lines_of, standing_of


class StandingSerializer(serializers.Serializer[Standing]):
    balance_owed = serializers.IntegerField(source="owed_minor", help_text="Minor units.")
    credit = serializers.IntegerField(source="credit_minor", help_text="Minor units paid beyond what was charged.")
    currency = serializers.CharField()


class StudentSerializer(serializers.ModelSerializer[Student]):
    class Meta:
        model = Student
        fields = ["student_id", "name", "first_name", "last_name", "enrollment_status"]


class LineSerializer(serializers.Serializer[Line]):
    id = serializers.UUIDField()
    effective_at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="fee, payment, refund, reversal, …")
    reference = serializers.CharField()
    description = serializers.CharField(source="memo")
    debit = serializers.IntegerField(source="debit_minor", help_text="Minor units charged.")
    credit = serializers.IntegerField(source="credit_minor", help_text="Minor units paid.")
    balance = serializers.IntegerField(source="balance_minor", help_text="Minor units owed afterwards; below zero it is credit.")


class OfStudent(APIView):
    """One student, for staff who may view students and for the student. To anyone else they do not exist."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated]

    def student(self, request: Request, student_id: str) -> Student:
        """Raises UnknownStudent."""
        visible = Student.objects.visible_to(request.user).filter(student_id=student_id)
        student = visible.first() if chart.fits(student_id) else None
        if student is None:
            raise UnknownStudent
        return student


class StudentView(OfStudent):
    def get(self, request: Request, student_id: str) -> Response:
        student = self.student(request, student_id)
        return Response(StudentSerializer(student).data | StandingSerializer(standing_of(student)).data)


class StatementView(OfStudent):
    def get(self, request: Request, student_id: str) -> Response:
        pages = IdCursor()
        lines: Any = pages.paginate_rows(request, partial(lines_of, self.student(request, student_id)))
        return pages.get_paginated_response(LineSerializer(lines, many=True).data)
