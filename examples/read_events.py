"""Watches supportbot's streams live, with the redis package alone: `python read_events.py [URL [PARTITIONS]]`.

It reads as the group `example`: stopped and started again it goes on where it was; several share the work.
"""

import contextlib
import json
import os
import sys
import time
from collections import Counter, deque
from statistics import quantiles

import redis

url = sys.argv[1] if len(sys.argv) > 1 else "redis://127.0.0.1:6379/0"
partitions = range(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
streams = {f"{name}.{{{number}}}": ">" for name in ("chat.messages", "chat.replies") for number in partitions}
client, group, consumer = redis.Redis.from_url(url, decode_responses=True), "example", f"reader-{os.getpid()}"
for stream in streams:
    with contextlib.suppress(redis.ResponseError):  # the group exists: go on where it stood
        client.xgroup_create(stream, group, id="0", mkstream=True)
arrivals, latencies, intents, printed = deque(maxlen=100_000), deque(maxlen=1000), Counter(), 0.0
while True:
    for stream, entries in client.xreadgroup(group, consumer, streams, count=500, block=500) or []:
        for entry_id, fields in entries:
            event = json.loads(fields["__data__"])
            if event["type"] == "MessageReceived":
                arrivals.append(int(entry_id.split("-")[0]) / 1000)
            elif event["type"] == "IntentRouted":
                intents[event["intent"]] += 1
            elif event["type"] == "ReplyCompleted":
                latencies.append(event["duration_ms"])
        client.xack(stream, group, *(entry_id for entry_id, _ in entries))
    if time.time() - printed >= 2:
        rate = sum(at > time.time() - 60 for at in arrivals)
        p50, p95 = (quantiles(latencies, n=20)[cut] for cut in (9, 18)) if len(latencies) > 1 else (0, 0)
        latency = f"replies: p50 {p50:.0f} ms, p95 {p95:.0f} ms"
        print(f"{rate} messages/min | {latency} | {dict(intents.most_common(5))}", flush=True)
        printed = time.time()
