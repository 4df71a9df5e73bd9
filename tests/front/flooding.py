"""Many clients at once, in a process of their own: `python -m tests.front.flooding PORT PATH COUNT`.

Prints how many got which status, as JSON. Threads beside the client that is measured would slow it
down themselves.
"""

import asyncio
import json
import sys
from collections import Counter


async def _ask(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    try:
        return int((await reader.readline()).split(b" ")[1])
    finally:
        writer.close()


async def _flood(port: int, path: str, count: int) -> Counter[int]:
    print("asking", flush=True)
    return Counter(await asyncio.gather(*(_ask(port, path) for _ in range(count))))


if __name__ == "__main__":
    told = asyncio.run(_flood(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
    print(json.dumps(told))
