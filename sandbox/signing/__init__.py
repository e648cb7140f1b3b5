"""How each gateway proves that a body is its own: `sign(raw, secrets, at)` gives the path it posts to, the headers, the body.

`secrets` are the gateway's settings; `at` is the instant of signing.
"""
