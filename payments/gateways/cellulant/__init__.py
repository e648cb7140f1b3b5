"""Cellulant: the school's own contract with it, and Tingg, its checkout. One gateway, one clearing account, two dialects."""
