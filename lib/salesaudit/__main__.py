"""`python -m salesaudit`."""

from salesaudit.cli import main

if __name__ == "__main__":
    main()
