"""The far side: gateways that speak the real wire formats over HTTP. Never in production.

It imports no app, so that what it signs proves something.
"""
