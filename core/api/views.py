"""The ground that every view of our own API stands on. Who may call is added by `access.api.views`."""

from collections.abc import Collection
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from core.api.reading import LengthRequired, StrictJson, check_texts
from core.card_numbers import refuse_card_numbers
from core.errors import BursarError
from core.limits import CallerQuota
from core.pagination import IdCursor


class ApiView(APIView):
    """Strict JSON in, problems for refusals, the caller's quota spent, nothing kept by caches."""

    parser_classes = [StrictJson]
    throttle_classes = [CallerQuota]
    pagination_class: type[IdCursor] | None = IdCursor
    """For the schema of lists; `page` gives them out."""
    quota = "api"
    """One of settings.API_QUOTAS."""
    refusals: tuple[type[BursarError], ...] = ()
    """What every method refuses with, for the schema; `@raises` says it of one."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # A body in chunks would look like no body at all, and an operation without required fields would go ahead without it.
        if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
            raise LengthRequired
        asked = dict(request.query_params.lists())
        check_texts(asked)
        refuse_card_numbers(asked)
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    def read(self, request: Request, serializer: type[BaseSerializer[Any]], **options: Any) -> dict[str, Any]:
        """What the caller sent, validated. Raises Invalid (422) with the messages of each field."""
        reader = serializer(data=request.data, **options)
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)

    def page(
        self,
        request: Request,
        rows: Any,
        serializer: type[BaseSerializer[Any]],
        *,
        filters: Collection[str] = (),
        **options: Any,
    ) -> Response:
        """A page of a queryset, newest first: `{data, next_cursor, has_more}`. `filters` are the parameters that narrowed it.

        Raises Invalid for parameters that are neither these nor a page's own.
        """
        pages = IdCursor(filters=filters)
        return pages.get_paginated_response(serializer(pages.paginate_queryset(rows, request), many=True, **options).data)
