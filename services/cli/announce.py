"""`python -m services.cli.announce URL DATA_DIR [--browser]`: waits for the stack and says where it is, once."""

import sys
import time
import urllib.error
import urllib.request
import webbrowser

REPORT_SECONDS = 15.0


def readiness(url: str) -> str | None:
    """What the gateway still lacks; None when it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2):  # noqa: S310  the URL is our own gateway's
            return None
    except urllib.error.HTTPError as error:
        return error.read(500).decode(errors="replace")
    except OSError as error:
        return f"no answer from {url}: {getattr(error, 'reason', error)}"


def main() -> None:
    url, data_dir, *options = sys.argv[1:]
    reported = time.monotonic()
    while lack := readiness(url):
        if time.monotonic() - reported > REPORT_SECONDS:
            print(f"supportbot    still starting: {lack}", flush=True)
            reported = time.monotonic()
        time.sleep(0.1)
    print(
        f"\n  supportbot is ready:  {url}\n"
        f'  in a terminal:        supportbot chat --as ada   or   supportbot ask "What is your return policy?"\n'
        f"  data and logs:        {data_dir}\n"
        "  Ctrl-C stops everything.\n",
        flush=True,
    )
    if "--browser" in options:
        webbrowser.open(url)


if __name__ == "__main__":
    main()
