"""`python -m foresale`."""

from foresale.cli import main

if __name__ == "__main__":
    main()
