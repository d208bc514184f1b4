"""What does `python -m pisces` do? The same as `pisces`, where that command is not on the path."""

from pisces.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
