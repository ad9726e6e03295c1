"""`python -m imagerec.announce URL`: waits until the site responds, then prints its address."""

import sys
import time
import urllib.error
import urllib.request

START_TIMEOUT = 60  # seconds


def wait_for_site(site: str) -> bool:
    until = time.monotonic() + START_TIMEOUT
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{site}/health/", timeout=5):  # noqa: S310  our own http address
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


if __name__ == "__main__" and wait_for_site(sys.argv[1]):
    sys.stdout.write(f"\n  ImageRec is at {sys.argv[1]} - Ctrl-C stops it.\n\n")
