"""The figures: each a function that gives the lines of the table. Bounds are those the project promises."""
import contextlib
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import time
import urllib.parse

from machine import BINARY, Line, until
from outage import outage
from share import share

MB = 1e6


def size(bench):
    """The stripped binary, Swift runtime linked in."""
    yield Line("stripped binary", os.stat(BINARY).st_size / MB, "MB", "<= 20 MB", at_most=20)


def idle(bench):
    """Memory and threads with everything connected and nothing to do."""
    gateway = bench.gateway().ready()
    bench.simulate("--cameras", 1, "--images", 1)
    bench.await_rows(1, gateway)
    time.sleep(5)  # what it gives back, it gives back by then
    status = gateway.status()
    yield Line("idle resident memory", status["VmRSS"], "MB", "<= 24 MB", at_most=24)
    yield Line("  of which anonymous", status["RssAnon"], "MB", "<= 8 MB", at_most=8)
    yield Line("threads", status["Threads"], "", "<= 8", at_most=8)


def load(bench):
    """Memory under load and in an outage, over 100,000 chunks."""
    gateway = bench.gateway().ready()
    time.sleep(2)
    rest = gateway.status()["VmRSS"]
    bound = rest + 32 * 1024 * 1024 / MB + 8
    begun = bench.rows()
    options = ("--cameras", 20, "--images", 100, "--size", "100KB", "--chunk-size", "4KiB")
    sent = bench.simulate(*options)
    bench.await_rows(begun + sent["pictures"], gateway)
    yield Line("peak resident memory, 50,000 chunks", gateway.status()["VmHWM"], "MB", f"<= {bound:.0f} MB: idle + pool + 8", at_most=bound)
    with open(f"{bench.services}/run/objectstore.pid") as file:
        store = int(file.read().split()[0])
    os.kill(store, 19)
    try:
        sent = bench.simulate(*options)
    finally:
        os.kill(store, 18)
    bench.await_rows(begun + 2 * sent["pictures"], gateway)
    yield Line("  50,000 more, S3 server frozen", gateway.status()["VmHWM"], "MB", f"<= {bound:.0f} MB", at_most=bound)


def intake(bench):
    """Processor time of a chunk, and chunks per second, beside mosquitto_sub reading the same stream."""
    # Captures that all lose a chunk: they are received, decoded, kept and given up, and never delivered. With image ids, for of a
    # session that loses a chunk nothing more is kept.
    options = ("--cameras", 2, "--images", 12, "--size", "12MB", "--chunk-size", "8KiB", "--drop", 0.01, "--image-ids")
    for journal in ("false", "true"):
        config = bench.config("journal", journal={"enabled": journal})
        bench.gateway(config).ready().stop()  # both sessions are open before anything is published
        subprocess.run(bench.subscriber("-E"), env=bench.env, check=True)
        chunks = bench.simulate(*options)["chunks"]
        floor, floor_cpu = bench.floor_of_queue(chunks)
        began = time.monotonic()
        gateway = bench.gateway(config)
        until("every chunk", lambda: gateway.alive() and gateway.metric("mqtt_messages_received_total") >= chunks, 300, pause=0.05)
        seconds = time.monotonic() - began
        cpu = gateway.cpu()
        gateway.stop()
        if journal == "false":
            yield Line("CPU per chunk, journal off", cpu / chunks * 1e6, "us", "<= 2 x mosquitto_sub", floor_cpu / chunks * 1e6, at_most=2)
        else:
            yield Line("chunks per second, journal on", chunks / seconds, "/s", ">= 0.8 x mosquitto_sub", chunks / floor, at_least=0.8)


def queue(bench):
    """Pictures per second from a waiting queue to rows, beside rclone; processor time of a picture."""
    bench.gateway().ready().stop()
    subprocess.run(bench.subscriber("-E"), env=bench.env, check=True)
    sent = bench.simulate("--cameras", 10, "--images", 60, "--size", "100KB", "--chunk-size", "16KiB")
    pictures = sent["pictures"]
    _, receive_cpu = bench.floor_of_queue(sent["chunks"])
    began = time.monotonic()
    gateway = bench.gateway()
    bench.await_rows(pictures, gateway)
    seconds, cpu = time.monotonic() - began, gateway.cpu()
    gateway.stop()
    bench.run("rclone", "copy", "--transfers", "8", "store:thermo-raw", f"{bench.folder}/pictures")
    floor, upload_cpu = bench.floor_of_upload(f"{bench.folder}/pictures")
    yield Line("pictures per second, queue to row", pictures / seconds, "/s", ">= 0.9 x rclone", pictures / floor, at_least=0.9)
    floor_cpu = (receive_cpu + upload_cpu) / pictures * 1e3
    yield Line("CPU per picture, all included", cpu / pictures * 1e3, "ms", "<= 1 x mosquitto_sub + rclone", floor_cpu, at_most=1)


def drain(bench):
    """Pictures per second out of the spool, rows included, beside rclone."""
    spooled = fill_spool(bench, 600)
    pictures = f"{bench.folder}/pictures"
    os.mkdir(pictures)
    for folder, _, files in os.walk(f"{bench.services}/spool/pending"):
        for name in files:
            if not name.endswith(".json"):
                shutil.copy(os.path.join(folder, name), pictures)
    floor, _ = bench.floor_of_upload(pictures)
    began = time.monotonic()
    gateway = bench.gateway()
    bench.await_rows(spooled, gateway)
    yield Line("pictures per second, spool to row", spooled / (time.monotonic() - began), "/s", ">= 1 x rclone", spooled / floor, at_least=1)


def fill_spool(bench, count):
    """Pictures that cannot be delivered, for nobody listens where the S3 server should be."""
    gateway = bench.gateway(bench.config("away", s3={"endpoint": '"http://127.0.0.1:9"'})).ready()
    sent = bench.simulate("--cameras", 10, "--images", count // 10, "--size", "100KB", "--chunk-size", "16KiB")
    pending = f"{bench.services}/spool/pending"
    until("the spool to fill", lambda: gateway.alive() and sum(n.endswith(".json") for _, _, f in os.walk(pending) for n in f) >= sent["pictures"])
    gateway.stop()
    return sent["pictures"]


def latency(bench):
    """From the last chunk's publication to the committed row, in both modes of the journal, beside one PUT and one INSERT."""
    count = 60
    measured = {}
    pictures = different_pictures(bench, 2 * count)
    with notes_of_redis(bench) as noted:
        for when in ("always", "needed"):
            gateway = bench.gateway(bench.config(when, journal={"when": f'"{when}"'})).ready()
            manifest = f"{bench.folder}/manifest-{when}"
            begun = len(measured) * count
            bench.run(BINARY, "simulate", "--config", bench.env["THERMO_CONFIG"], "--cameras", "1", "--images", str(count), "--prefix", when,
                      "--interval", f"{1000 // PER_SECOND}ms", "--manifest", manifest,
                      *pictures[2 * begun:2 * (begun + count)])
            until(f"{count} notes", lambda: gateway.alive() and len(noted()) >= begun + count)
            committed = noted()
            gateway.stop()
            with open(manifest) as file:
                measured[when] = [committed[picture["sha256"]] - picture["published_at"] for picture in map(json.loads, file)]
    floor = statistics.median(put_times(bench, count)) + statistics.median(insert_times(bench, count))
    for when, bound in (("always", 1.5), ("needed", 1.3)):
        yield Line(f"last chunk to row, median, journal {when}", statistics.median(measured[when]), "ms", f"<= {bound} x (PUT + INSERT)", floor, at_most=bound)


def different_pictures(bench, count):
    """Options for `simulate`: pictures of 100 KB that have no chunk in common.

    Its own come back to their first frame after a while, with another stamp; chunks that are an older picture's might be told again,
    so such a picture is written, and waits for proof.
    """
    options = []
    for number in range(count):
        path = f"{bench.folder}/{number}.jpg"
        with open(path, "wb") as file:
            file.write(b"\xff\xd8\xff\xe0" + os.urandom(99_996))
        options += ["--file", path]
    return options


def written(bench):
    """Bytes that a picture costs the card, by the kernel's count, in both modes of the journal, beside the picture's own.

    Ten cameras with a picture of 100 KB every ten seconds each, for BENCH_MINUTES (1); with 60 it is the hour. The broker, whose own
    file is not counted, is as config/mosquitto-thermo.conf has it but for its memory.
    """
    each = 100_000
    images = 6 * int(os.environ.get("BENCH_MINUTES", "1"))
    files = different_pictures(bench, images)
    done = 0
    for when, bound in (("needed", 0.1), ("always", 1.25)):
        gateway = bench.gateway(bench.config(when, journal={"when": f'"{when}"'})).ready()
        done += bench.simulate("--cameras", 10, "--images", 1, "--size", each)["pictures"]  # what the start writes is no picture's
        bench.await_rows(done, gateway)
        until("all acknowledgements", lambda: gateway.metric("mqtt_ack_pending") == 0)
        before, syncs = gateway.written(), gateway.metric("journal_sync_duration_seconds_count")
        pictures = json.loads(bench.run(BINARY, "simulate", "--config", bench.env["THERMO_CONFIG"], "--json", "--cameras", "10",
                                        "--images", str(images), "--prefix", when, "--interval", "10s", *files))["pictures"]
        done += pictures
        bench.await_rows(done, gateway)
        until("all acknowledgements", lambda: gateway.metric("mqtt_ack_pending") == 0)
        yield Line(f"written to disk a picture of 100 KB, {when}", (gateway.written() - before) / pictures / 1e3, "KB", f"<= {bound} x the picture", each / 1e3, at_most=bound)
        yield Line(f"  syncs a picture, {when}", (gateway.metric("journal_sync_duration_seconds_count") - syncs) / pictures, "", "<= 2", at_most=2)
        gateway.stop()


# One picture, or PUT, or INSERT at a time, and the machine at rest between two: at full speed each takes half as long, for nothing
# has to wake up and every cache is warm.
PER_SECOND = 5


@contextlib.contextmanager
def notes_of_redis(bench):
    """Gives a function: by checksum, the moment in milliseconds since 1970 at which Redis was told that a picture is stored.

    The gateway tells it straight after PostgreSQL confirmed the commit; `created_at` is when the transaction began.
    """
    path = f"{bench.folder}/monitor"
    with open(path, "w") as file:
        monitor = subprocess.Popen(["redis-cli", "-u", bench.env["THERMO_REDIS_URL"], "monitor"], stdout=file)

    def noted():
        with open(path) as file:  # the checksum alone is an argument of that script only
            found = re.findall(r'^([0-9.]+) \[\d+ [^\]]*:\d+\] "EVALSHA" .* "([0-9a-f]{64})" .*"stored[/ ]', file.read(), re.M)
        return {checksum: float(moment) * 1000 for moment, checksum in found}

    try:
        until("Redis to be watched", lambda: os.path.getsize(path))
        yield noted
    finally:
        monitor.kill()
        monitor.wait()


def put_times(bench, count):
    """Milliseconds of each PUT by one curl over one connection."""
    path = f"{bench.folder}/body"
    with open(path, "wb") as file:
        file.write(os.urandom(100_000))
    with open(path, "rb") as file:
        checksum = hashlib.sha256(file.read()).hexdigest()
    bench.run("rclone", "mkdir", "store:floor")
    user = bench.env["RCLONE_CONFIG_STORE_ACCESS_KEY_ID"] + ":" + bench.env["RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY"]
    command = ["curl", "-sS", "--fail", "--rate", f"{PER_SECOND}/s"]
    for number in range(count):
        command += ["--next"] if number else []
        command += ["--user", user, "--aws-sigv4", "aws:amz:us-east-1:s3", "-H", f"x-amz-content-sha256: {checksum}", "-X", "PUT",
                    "--data-binary", f"@{path}", "-o", "/dev/null", "-w", "%{time_total}\n", f"{bench.env['THERMO_S3']}/floor/{number}"]
    return [float(line) * 1000 for line in bench.run(*command).split()[1:]]


def insert_times(bench, count):
    """Milliseconds of each INSERT by one psql."""
    bench.run("psql", "-qc", "create table public.floor (id bigserial primary key, key text unique, checksum text, at timestamptz default now())")
    script = "".join(f"""\\timing off
        select pg_sleep({1 / PER_SECOND});
        \\timing on
        insert into public.floor (key, checksum) values ('cam1/{n}.jpg', repeat('a', 64));
        """ for n in range(count))
    lines = bench.run("psql", "-q", input=script).splitlines()
    return [float(line.split()[1].replace(",", ".")) for line in lines if line.startswith("Time:")][1:]


def fleet(bench):
    """Processor time of a picture with 1,000 cameras, beside 10 cameras."""
    costs = []
    gateway = bench.gateway().ready()
    done = 0
    for cameras, images in ((10, 100), (1000, 1)):
        before = gateway.cpu()  # 1,000 open captures of 20 KB fit into the pool
        done += bench.simulate("--cameras", cameras, "--images", images, "--size", "20KB", "--chunk-size", "4KiB")["pictures"]
        bench.await_rows(done, gateway)
        costs.append((gateway.cpu() - before) / (cameras * images) * 1e3)
    yield Line("CPU per picture, 1,000 cameras", costs[1], "ms", "<= 1.2 x 10 cameras", costs[0], at_most=1.2)


def start(bench):
    """From start to the first delivery with 100,000 pictures in the spool."""
    fill_spool(bench, 10)
    multiply_spool(f"{bench.services}/spool/pending", 100_000)
    began = time.monotonic()
    gateway = bench.gateway()
    bench.await_rows(1, gateway)
    yield Line("100,000 spooled, start to first delivery", time.monotonic() - began, "s", "<= 2 s", at_most=2)


def multiply_spool(pending, count):
    """Copies of one real entry under new ids, a second apart; small pictures, for only the number matters."""
    record_path = next(os.path.join(folder, name) for folder, _, files in os.walk(pending) for name in files if name.endswith(".json"))
    with open(record_path) as file:
        template = json.load(file)
    shutil.rmtree(pending)
    first = int(time.time()) - 10 * count
    camera = urllib.parse.quote(template["camera_uid"], safe="")
    for number in range(count):
        moment = first + number
        parts = time.gmtime(moment)
        image_id = f"start-{number:06}"
        body = b"\xff\xd8\xff\xe0" + image_id.encode()
        folder = f"{pending}/{time.strftime('%Y-%m-%d/%H', parts)}"
        os.makedirs(folder, exist_ok=True)
        name = f"{folder}/{time.strftime('%Y%m%dT%H%M%S', parts)}.000Z~{camera}~{image_id}"
        record = dict(template, image_id=image_id, image_id_source="camera", size=len(body), sha256=hashlib.sha256(body).hexdigest(),
                      recorded_at=time.strftime("%Y-%m-%dT%H:%M:%S.000Z", parts), key=f"{camera}/{image_id}-{moment}.jpg",
                      uploaded=False, attempts=0, last_error=None, next_attempt=None)
        with open(name + ".jpg", "wb") as file:
            file.write(body)
        with open(name + ".json", "w") as file:
            json.dump(record, file)


FIGURES = [size, idle, load, intake, queue, drain, latency, written, fleet, start, outage, share]
