"""Share mode: the same stream through one, two and four gateways behind one shared subscription."""
import os
import socket
import time

from machine import Line, TICK

CAMERAS, IMAGES = 10, 60


def share(bench):
    """Pictures per second and processor time of a picture with 1, 2 and 4 gateways behind a shared subscription."""
    alone = None
    for number, count in enumerate((1, 2, 4)):
        members = [member(bench, count, each) for each in range(count)]
        for config, http in members:  # every session is open before anything is published
            bench.gateway(config, http).ready().stop()
        begun = bench.rows()
        sent = bench.simulate("--cameras", CAMERAS, "--images", IMAGES, "--size", "100KB", "--chunk-size", "16KiB", "--image-ids",
                              "--prefix", f"s{number}c")
        redis = redis_cpu(bench)
        began = time.monotonic()
        gateways = [bench.gateway(config, http) for config, http in members]
        bench.await_rows(begun + sent["pictures"], gateways[0], 300)
        seconds = time.monotonic() - began
        cpu = sum(gateway.cpu() for gateway in gateways)
        redis = redis_cpu(bench) - redis
        peak = max(gateway.status()["VmHWM"] for gateway in gateways)
        for gateway in gateways:
            gateway.stop()
        for each in range(count):  # mosquitto gives a share to sessions whose gateway is away, too
            bench.run("mosquitto_pub", "-V", "5", "-p", bench.env["THERMO_MQTT_PORT"], "-i", name(count, each), "-t", "bench/end", "-n")
        pictures = sent["pictures"]
        yield Line(f"pictures per second, queue to row, {count} sharing", pictures / seconds, "/s", "")
        yield Line("  CPU per picture, all gateways", cpu / pictures * 1e3, "ms", "beside one gateway", alone)
        yield Line("  CPU per picture, Redis", redis / pictures * 1e3, "ms", "")
        yield Line("  resident memory, peak of any", peak, "MB", "")
        alone = alone or cpu / pictures * 1e3
        rows = bench.run("psql", "-tAqc", "select count(*) - count(distinct checksum) from thermo.image_objects").strip()
        yield Line("  stored twice", int(rows), "", "0", at_most=0)


def name(count, each):
    return f"share-{count}-{each}"


def member(bench, count, each):
    """One gateway's configuration, and where it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        http = f"127.0.0.1:{free.getsockname()[1]}"
    folder = os.path.join(bench.folder, name(count, each))
    config = bench.config(name(count, each), mqtt={"client_id": f'"{name(count, each)}"', "shared_group": f'"bench{count}"'},
                          redis={"share_chunks": "true"}, spool={"directory": f'"{folder}"'}, http={"listen": f'"{http}"'})
    return config, f"http://{http}"


def redis_cpu(bench):
    with open(f"{bench.services}/run/redis.pid") as file:
        pid = file.read().split()[0]
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK
