"""The command line in a checkout: `python cli.py check specs/resnet18.yaml`."""

import sys

from archdsl.cli import main

if __name__ == "__main__":
    sys.exit(main())
