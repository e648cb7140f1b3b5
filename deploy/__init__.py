"""How Bursar is installed, started and stopped on one machine. Standard library only: it runs before anything is installed."""
