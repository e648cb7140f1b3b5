"""Students and fees from a CSV file: handed in, looked at row by row, confirmed. It works without a script."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString

from access.models import User
from core.admin import acts, shown
from core.admin.acting import ActingAdmin
from core.admin.blocks import Block, Column, Door, Figure, Figures, Note, Table
from core.admin.fields import ReasonForm
from core.errors import BursarError, MalformedId
from core.ids import parse_public_id
from core.uploads import LARGEST
from students.models import Upload
from students.services.uploads import Looked, Plan, apply_upload, keep_upload, look_at

SHOWN = 200
TOO_LARGE = f"Choose a CSV file of at most {LARGEST // 1024 // 1024} MiB."
METHODS = ["GET", "HEAD", "POST"]


class FileForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text=f"Comma-separated, in UTF-8, at most {LARGEST // 1024 // 1024} MiB. Nothing is taken before you have seen it.",
        error_messages={
            "required": f"Choose a CSV file of at most {LARGEST // 1024 // 1024} MiB.",
            "empty": "The file is empty.",
        },
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )


class ImportingAdmin(ActingAdmin):
    """A list that a file can fill."""

    import_kind: ClassVar[Upload.Kind]
    import_permission: ClassVar[str]
    import_columns: ClassVar[tuple[Sequence[str], Sequence[str]]]
    """Those a file must have, and those it may."""

    def new_rows(self, plan: Any) -> Table:
        """The rows that would be taken."""
        raise NotImplementedError

    def totals(self, plan: Any) -> list[Figure]:
        return []

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.hand_in_view), name=f"{self.model_name}_import"),
            path("import/<str:upload_id>/", view(self.confirm_view), name=f"{self.model_name}_import_confirm"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        doors = self._list_doors(request, acts.on_none(self.model_name))
        if request.user.has_perm(self.import_permission):
            doors.append(Door("Import CSV", reverse(f"admin:{self.model_name}_import")))
        return super().changelist_view(request, {"list_doors": doors, **(extra_context or {})})

    def hand_in_view(self, request: HttpRequest) -> HttpResponse:
        self._check_allowed(request)
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
        if form.is_valid():
            file, user = form.cleaned_data["file"], cast(User, request.user)
            try:
                kept = keep_upload(kind=self.import_kind, contents=file.read(), name=file.name, actor=user.actor)
            except BursarError as refused:
                form.add_error("file", refused.detail)
            else:
                return HttpResponseRedirect(reverse(f"admin:{self.model_name}_import_confirm", args=[kept.public_id]))
        return self._import_page(request, 422 if form.errors else 200, form=form)

    def confirm_view(self, request: HttpRequest, upload_id: str) -> HttpResponse:
        self._check_allowed(request)
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        upload, user = self._upload(request, upload_id), cast(User, request.user)
        form = ReasonForm(request.POST if request.method == "POST" and upload.applied_at is None else None)
        if form.is_valid():
            seen, reason = request.POST.get("seen", ""), form.cleaned_data["reason"]
            try:
                apply_upload(upload_id=upload.pk, seen=seen, actor=user.actor, reason=reason)
            except BursarError as refused:
                return self._preview(request, upload, form, refused)
            messages.success(request, f"{upload.name} was taken.")
        if request.method == "POST" and not form.errors:
            return HttpResponseRedirect(request.path)
        return self._preview(request, upload, form) if upload.applied_at is None else self._taken(request, upload)

    def _preview(
        self, request: HttpRequest, upload: Upload, form: ReasonForm, refused: BursarError | None = None
    ) -> HttpResponse:
        looked = look_at(upload)
        status = refused.status if refused else 422 if form.errors else 200
        blocks = [*_about(self, looked), self.new_rows(looked.plan)]
        ready = bool(looked.plan.new) and not looked.plan.errors
        facts = {
            "upload": upload,
            "blocks": blocks,
            "looked": looked,
            "ready": ready,
            "refusal": refused.detail if refused else "",
        }
        return self._import_page(request, status, reason=form, **facts)

    def _taken(self, request: HttpRequest, upload: Upload) -> HttpResponse:
        said = f"{upload.taken:,} rows of {upload.name} were new, and were taken at"
        return self._import_page(request, 200, upload=upload, taken=said, taken_at=shown.instant(upload.applied_at))

    def _import_page(self, request: HttpRequest, status: int, **facts: Any) -> HttpResponse:
        required, optional = self.import_columns
        title = f"Import {self.list_title.lower()}"
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "page": True,
            "failed": status >= 400,
            "required": required,
            "optional": optional,
            "leave": self._list_url(),
            "again": reverse(f"admin:{self.model_name}_import"),
            "crumbs": [(self.list_title, self._list_url()), ("Import", "")],
            **facts,
        }
        return TemplateResponse(request, "back_office/importing.html", context, status=status)

    def _upload(self, request: HttpRequest, upload_id: str) -> Upload:
        """One's own, of this list's kind. Another's is not there, whatever one's role."""
        own = Upload.objects.filter(kind=self.import_kind, uploaded_by=cast(User, request.user).actor)
        try:
            upload = own.filter(pk=parse_public_id("upload", upload_id)).first()
        except MalformedId:
            upload = None
        if upload is None:
            raise Http404("There is no such file of yours; one that is not confirmed is kept for a day.")
        return upload

    def _check_allowed(self, request: HttpRequest) -> None:
        if not (self.has_view_permission(request) and request.user.has_perm(self.import_permission)):
            raise PermissionDenied


def _about(model_admin: Any, looked: Looked) -> list[Block]:
    """How many rows of which sort, in figures; then each thing that is wrong, in plain words."""
    plan: Plan = looked.plan
    wrong = len({error.line for error in plan.errors})
    figures = [
        Figure("New", _count(len(plan.new)), "will be taken" if not plan.errors else ""),
        *model_admin.totals(plan),
        Figure("There already", _count(len(plan.rows) - len(plan.new)), "nothing is done about them"),
        Figure("Wrong", _count(wrong), "rows" if wrong else "", "bad" if wrong else ""),
    ]
    if not plan.errors:
        return [Figures(figures)]
    rows = [[shown.text(str(line)), shown.code(column), shown.text(message)] for line, column, message in plan.errors[:SHOWN]]
    columns = [Column("Line"), Column("Column"), Column("What is wrong")]
    note = Note("The file is taken as a whole or not at all: mend these lines in it and hand it in again.", "bad")
    return [Figures(figures), note, Table(f"What is wrong{_first_of(plan.errors)}", columns, rows, "")]


def table_of(plan: Any, columns: list[Column], cells: Any) -> Table:
    """The first of the rows that would be taken; `cells` spells one of them."""
    rows = [[shown.text(str(row.line)), *cells(row)] for row in plan.new[:SHOWN]]
    empty = "Every row is there already: there is nothing to take." if not plan.errors else "No other row is new."
    return Table(f"New rows{_first_of(plan.new)}", [Column("Line"), *columns], rows, empty)


def _first_of(things: Sequence[Any]) -> str:
    return f", the first {SHOWN} of {len(things):,}" if len(things) > SHOWN else ""


def _count(number: int) -> SafeString:
    return shown.text(f"{number:,}")
