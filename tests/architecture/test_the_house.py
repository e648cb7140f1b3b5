"""What import-linter cannot see: foreign keys, task names, error codes, file sizes, and pages that must tell the truth."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps

from core.errors import BursarError

ROOT = Path(__file__).resolve().parent.parent.parent
FLOORS = [
    "core",
    "access",
    "ledger",
    "payments students",
    "wallets",
    "refunds calls",
    "reconciliation",
    "webhooks",
    "portal",
    "config",
]
FLOOR = {app: level for level, names in enumerate(FLOORS) for app in names.split()}
OUR_APPS = [app for app in FLOOR if apps.is_installed(app)]


def modules() -> Iterator[str]:
    for app in OUR_APPS:
        for module in pkgutil.walk_packages(importlib.import_module(app).__path__, f"{app}."):
            if ".migrations" not in module.name:
                yield module.name


def test_no_foreign_key_points_up():
    for model in apps.get_models():
        if model._meta.app_label not in FLOOR:
            continue
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model:
                target = field.related_model._meta.app_label
                if target in FLOOR:
                    same = target == model._meta.app_label
                    assert same or FLOOR[target] < FLOOR[model._meta.app_label], f"{model.__name__}.{field.name} points up"


def test_no_foreign_key_points_at_a_partitioned_table():
    partitioned = {"payment", "payment_history", "inbound_event", "inbound_outcome", "event", "transfer"}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model:
                assert field.related_model._meta.db_table not in partitioned


def test_tasks_are_named_app_dot_verb_and_take_keywords():
    for name in current_app.tasks:
        if name.startswith("celery."):
            continue
        app, _, verb = name.partition(".")
        assert app in FLOOR, name
        assert re.fullmatch(r"[a-z_]+", verb), name
        code = current_app.tasks[name].run.__code__
        assert code.co_argcount == 0, f"{name} takes positional arguments"


def test_every_scheduled_task_exists(settings):
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in current_app.tasks
        assert entry["options"]["expires"], "what is not consumed must not pile up"


def every_error() -> set[type[BursarError]]:
    for name in modules():
        importlib.import_module(name)

    def below(error: type[BursarError]) -> Iterator[type[BursarError]]:
        yield error
        for child in error.__subclasses__():
            yield from below(child)

    return {error for error in below(BursarError) if error.__module__.split(".")[0] in FLOOR}


def test_docs_errors_lists_every_code_with_its_status_and_message():
    documented = dict(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE))
    actual = {error.code: str(error.status) for error in every_error()}
    assert documented == actual


def test_every_error_has_a_message_and_a_code_of_its_own():
    families: dict[str, type[BursarError]] = {}
    for error in every_error():
        assert error.__doc__, error
        other = families.setdefault(error.code, error)
        assert other.status == error.status, f"{error.code} has two statuses"


@pytest.mark.parametrize("name", ["utils", "helpers", "managers", "selectors", "signals"])
def test_no_room_without_a_story(name: str):
    assert not [path for app in FLOOR for path in (ROOT / app).rglob(f"{name}.py")]


def test_files_tell_one_story_and_functions_are_short():
    for app in [*FLOOR, "sandbox", "deploy"]:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            text = path.read_text()
            assert text.count("\n") <= 300, f"{path} has grown a second story"
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                    assert node.end_lineno - node.lineno <= 60, f"{path}:{node.lineno} {node.name} is long"
