"""`python -m sandbox.far`: the far side without the rest of Django, as `make run` and the benches start it."""

import argparse
import os

from sandbox.far.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.far", description=__doc__)
    add_options(parser)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings

    serve(
        secrets=settings.GATEWAYS,
        port=options.port,
        tell=options.tell or settings.PUBLIC_URL,
        seed=options.seed,
        state=options.state,
        pace=options.pace,
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    """What both ways of starting it take."""
    parser.add_argument("--port", type=int, default=8001, help="on 127.0.0.1 (default 8001)")
    parser.add_argument("--tell", default="", help="where the product is (default PUBLIC_URL)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance")
    parser.add_argument("--state", default=":memory:", help="a file that remembers over a restart")
    parser.add_argument("--pace", type=float, default=1.0, help="how slow payers are: 1 as people, 0 at once")


if __name__ == "__main__":
    main()
