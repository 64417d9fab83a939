"""Whether the pages are served; also the health check of the container."""

import http.client
import os
import sys


def is_healthy(port: int) -> bool:
    """Whether the web process answers, and its database with it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/ready/", headers={"Host": os.environ.get("PUBLIC_HOST", "localhost")})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_healthy(int(sys.argv[1])) else 1)
