"""The far side of the gateways: an HTTP server of its own that speaks their wire formats, calls back, and lies on demand.

It knows nothing of Bursar but its public address, so what it signs proves something.
"""
