"""`.env` is written once, with secrets of its own, and afterwards only grows."""

import base64
import re
from pathlib import Path

from deploy import dotenv
from deploy.bootstrap import ROOT

EXAMPLE = ROOT / ".env.example"


def test_every_name_of_the_example_gets_a_value_and_no_two_share_one(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    added = dotenv.complete(path, EXAMPLE)
    values = dotenv.read(path)
    assert list(values) == added
    assert {"CELLULANT_BEARER_TOKEN", "DARAJA_CALLBACK_TOKEN", "STRIPE_WEBHOOK_SECRET", "BURSAR_HMAC_KEY"} <= values.keys()
    assert all(values.values())
    assert len(set(values.values())) == len(values)
    key_id, _, key = values["BURSAR_ENCRYPTION_KEYS"].partition(":")
    assert key_id
    assert len(base64.b64decode(key, validate=True)) == 32
    assert values["BURSAR_ENV"] == "demo"


def test_the_example_names_all_that_the_settings_read() -> None:
    # BURSAR_DATABASE_ROLE is manage.py's word to the settings, not a person's.
    settings = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z0-9_]+)\"", settings)) - {"BURSAR_DATABASE_ROLE"}
    named = set(re.findall(r"^(?:# )?([A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert read <= named, f"write into .env.example: {sorted(read - named)}"


def test_two_machines_share_no_secret(tmp_path: Path) -> None:
    dotenv.complete(tmp_path / "one", EXAMPLE)
    dotenv.complete(tmp_path / "two", EXAMPLE)
    one, two = dotenv.read(tmp_path / "one"), dotenv.read(tmp_path / "two")
    assert {name for name in one if one[name] == two[name]} == {"BURSAR_ENV", "ALLOWED_HOSTS", "PORT"}


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    dotenv.complete(tmp_path / ".env", EXAMPLE)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_kept_and_new_names_are_appended(tmp_path: Path) -> None:
    path, example = tmp_path / ".env", tmp_path / "example"
    example.write_text("OLD=\n# Explains the new one.\nNEW_SECRET=\nNEW_PLAIN=7\n# OPTIONAL=1\n")
    mine = '# mine\nOLD="as it was"\nELSE=where\n# NEW_PLAIN=5\n'
    path.write_text(mine)
    assert dotenv.complete(path, example) == ["NEW_SECRET", "NEW_PLAIN"]
    assert path.read_text().startswith(mine + "# Explains the new one.\nNEW_SECRET=")
    values = dotenv.read(path)
    assert values["OLD"] == "as it was"
    assert values["NEW_PLAIN"] == "7"
    assert dotenv.complete(path, example) == []


def test_servers_of_ones_own_stay_a_comment(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    dotenv.complete(path, EXAMPLE)
    assert "# DATABASE_URL=" in path.read_text()
    assert not {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"} & dotenv.read(path).keys()
