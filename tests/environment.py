"""The environment of tests, set before Django reads its settings (pytest loads this plugin first, see pyproject.toml)."""

import os

os.environ["BURSAR_ENV"] = "test"
os.environ.setdefault("DJANGO_SECRET_KEY", "a secret key that only tests use, long enough for every check of its length")
os.environ["BURSAR_ENCRYPTION_KEYS"] = "test:dGVzdHMgc2VhbCB3aXRoIHRoaXMga2V5LCAzMkIhISE="
os.environ["BURSAR_HMAC_KEY"] = "tests digest with this key"
os.environ["CELLULANT_BEARER_TOKEN"] = "mock-bearer-token"
for name in ("TINGG_CALLBACK_TOKEN", "DARAJA_CALLBACK_TOKEN"):
    os.environ[name] = f"{name.lower().replace('_', '-')}-of-tests"
os.environ["STRIPE_WEBHOOK_SECRET"] = "whsec_samples_0001"
os.environ["MONNIFY_SECRET_KEY"] = "SAMPLESECRET0123456789ABCDEF"
os.environ["UPI_WEBHOOK_SECRET"] = "rzp_hook_secret_samples"
os.environ["BANK_WEBHOOK_SECRET"] = "your-webhook-secret-change-in-production"
os.environ.setdefault("DATABASE_RUNTIME_ROLE", "bursar_app")
# The tests of signing in switch it on; all others walk in.
os.environ["STAFF_SECOND_FACTOR"] = "false"
