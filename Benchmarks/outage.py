"""A long outage, first of the object store and then of the database, and the drain after it."""
import os
import time

from machine import Line, until

PICTURES = 10_000
SIZE = 100_000


def outage(bench):
    """10,000 pictures of 100 KB while S3 and then PostgreSQL are down: all spooled, all drained once, memory flat."""
    gateway = bench.gateway(bench.config("outage", drain={"backoff_max": '"5s"'})).ready()
    bench.simulate("--cameras", 10, "--images", 1)
    bench.await_rows(10, gateway)
    idle = gateway.status()["VmRSS"]

    with bench.stopped("objectstore"):
        bench.simulate("--cameras", 10, "--images", PICTURES // 20, "--size", SIZE, "--chunk-size", "16KiB")
        until("the spool to hold the first half", lambda: gateway.alive() and held(bench) >= PICTURES // 2 - 8, 600, pause=0.2)
    with bench.stopped("postgres"):
        bench.simulate("--cameras", 10, "--images", PICTURES // 20, "--size", SIZE, "--chunk-size", "16KiB")
        spooled = until("the spool to hold everything", lambda: gateway.alive() and held(bench) >= PICTURES - 8 and held(bench), 900, pause=0.2)
    yield Line("pictures in the spool after both outages", spooled, "", "10,000, but for those under way", at_least=PICTURES - 64)

    began = time.monotonic()
    bench.await_rows(PICTURES + 10, gateway, 1800)
    yield Line("drained after PostgreSQL came back", PICTURES / (time.monotonic() - began), "/s", "")
    until("the spool to be empty", lambda: held(bench) == 0, 60)

    rows = bench.run("psql", "-tAqc", "select count(*), count(distinct object_name), count(distinct checksum) from thermo.image_objects").strip()
    objects = bench.run("rclone", "size", "store:thermo-raw").split("\n")[0]
    yield Line("rows; objects; checksums: " + rows, int(rows.split("|")[0]), "", "10,010, one each", at_least=PICTURES + 10, at_most=PICTURES + 10)
    yield Line(objects, int(objects.split("(")[1].rstrip(")")), "", "10,010", at_least=PICTURES + 10, at_most=PICTURES + 10)
    yield Line("resident memory, peak over idle", gateway.status()["VmHWM"] - idle, "MB", "<= pool + 8 MB", at_most=32 * 1.048576 + 8)


def held(bench):
    pending = f"{bench.services}/spool/pending"
    return sum(name.endswith(".json") for _, _, files in os.walk(pending) for name in files)
