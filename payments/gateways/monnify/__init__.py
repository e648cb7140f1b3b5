"""Monnify: checkouts and reserved accounts in naira, webhooks signed with HMAC-SHA512, confirmed by asking."""
