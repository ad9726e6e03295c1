#!/usr/bin/env python
"""Django's command line for ImageRec."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagerec.settings")
    from imagerec.start import manage

    manage(sys.argv)


if __name__ == "__main__":
    main()
