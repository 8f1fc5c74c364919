"""The servers, the gateway and the tools of one benchmark, and what the kernel says of their work."""
import contextlib
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BINARY = os.path.join(ROOT, ".build/release/thermo-ingest")
TICK = os.sysconf("SC_CLK_TCK")


class Line:
    """A row of the table. `within` compares the ratio, or the figure where there is no floor, with the bound."""

    def __init__(self, name, measured, unit, bound, floor=None, at_least=None, at_most=None):
        self.name, self.measured, self.unit, self.bound, self.floor = name, measured, unit, bound, floor
        self.ratio = measured / floor if floor else None
        value = self.ratio if floor is not None else measured
        self.good = value is not None and (at_least is None or value >= at_least) and (at_most is None or value <= at_most)

    def __str__(self):
        def number(value):
            return "" if value is None else f"{value:,.{0 if value >= 1000 else 2 if value < 10 else 1}f} {self.unit}"

        ratio = "" if self.ratio is None else f"{self.ratio:.2f} x"
        return f"{self.name:52} {number(self.measured):>16} {number(self.floor):>16} {ratio:>7}  {self.bound}{'' if self.good else '   <-- MISSED'}"


def until(what, condition, seconds=120, pause=0.01):
    """Waits for `condition` to give something true, and returns it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds} s in vain for {what}")
        time.sleep(pause)


def children_cpu():
    """Seconds of processor time of all children that were waited for."""
    times = os.times()
    return times.children_user + times.children_system


class Gateway:
    """A running thermo-ingest."""

    def __init__(self, bench, config, http=None):
        self.bench = bench
        self.http = http or bench.env["THERMO_HTTP"]
        self.log = open(os.path.join(bench.folder, "gateway.log"), "ab")
        self.process = subprocess.Popen([BINARY, "run", "--config", config], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    def ready(self):
        until("the gateway to be ready", lambda: self.alive() and self.get("/ready") is not None, 30)
        return self

    def alive(self):
        if self.process.poll() is not None:
            with open(self.log.name, errors="replace") as log:
                raise RuntimeError("the gateway has ended: " + " / ".join(log.read().strip().splitlines()[-3:]))
        return True

    def get(self, path):
        try:
            with urllib.request.urlopen(self.http + path, timeout=2) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def metric(self, name, label=""):
        """Sum over the labels; 0 while the gateway does not answer."""
        text = self.get("/metrics") or ""
        pattern = rf"^thermo_ingest_{name}(?:\{{[^}}]*{re.escape(label)}[^}}]*\}})? ([0-9.e+-]+)$"
        return sum(float(value) for value in re.findall(pattern, text, re.M))

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def written(self):
        """Bytes on their way to the disk because of it, by the kernel's count: whole pages, and what files that were deleted since had."""
        with open(f"/proc/{self.process.pid}/io") as file:
            return int(re.search(r"^write_bytes: (\d+)", file.read(), re.M).group(1))

    def status(self):
        """Fields of /proc/PID/status in MB, and `Threads`."""
        with open(f"/proc/{self.process.pid}/status") as status:
            found = dict(re.findall(r"^(VmRSS|VmHWM|RssAnon|Threads):\s+(\d+)", status.read(), re.M))
        return {key: int(value) if key == "Threads" else int(value) * 1024 / 1e6 for key, value in found.items()}

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Bench:
    """One figure's servers, from nothing and gone afterwards."""

    def __enter__(self):
        if not os.access(BINARY, os.X_OK):
            raise RuntimeError(f"there is no {BINARY}; make build")
        self.folder = tempfile.mkdtemp(prefix="thermo-bench-")
        os.chmod(self.folder, 0o755)
        self.services = os.path.join(self.folder, "services")
        self.gateways = []
        self.psql = None
        try:
            subprocess.run([ROOT + "/scripts/services", "start", self.services], check=True, stderr=subprocess.PIPE, text=True)
        except subprocess.CalledProcessError as error:
            shutil.rmtree(self.folder)
            raise RuntimeError(f"scripts/services: {error.stderr.strip().splitlines()[-1:]}") from error
        self.env = dict(os.environ)
        self.env.pop("AWS_CA_BUNDLE", None)
        with open(self.services + "/env") as env:
            for word in shlex.split(env.read(), comments=True):
                name, equals, value = word.partition("=")
                if equals:
                    self.env[name] = value
        return self

    def __exit__(self, *_):
        for gateway in self.gateways:
            gateway.stop()
        if self.psql:
            self.psql.kill()
            self.psql.wait()
        subprocess.run([ROOT + "/scripts/services", "stop", self.services], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command, **options):
        """A tool, to its end; its output."""
        return subprocess.run(command, env=self.env, check=True, stdout=subprocess.PIPE, text=True, **options).stdout

    def config(self, name="config", **sections):
        """A configuration file with `sections` ({"journal": {"enabled": "false"}}) over that of scripts/services."""
        with open(self.services + "/config.toml") as file:
            text = file.read()
        for section, keys in sections.items():
            for key, value in keys.items():
                text = re.sub(rf"(?m)(^\[{section}\]\n(?:[^\[].*\n)*?){key} = .*\n", r"\1", text)
            lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
            if f"[{section}]\n" in text:
                text = text.replace(f"[{section}]\n", f"[{section}]\n{lines}")
            else:
                text += f"\n[{section}]\n{lines}"
        path = f"{self.folder}/{name}.toml"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return path

    def gateway(self, config=None, http=None):
        gateway = Gateway(self, config or self.env["THERMO_CONFIG"], http)
        self.gateways.append(gateway)
        return gateway

    def simulate(self, *options):
        return json.loads(self.run(BINARY, "simulate", "--config", self.env["THERMO_CONFIG"], "--json", "--interval", "0s", *map(str, options)))

    def subscriber(self, *options):
        """mosquitto_sub on the cameras' topics, with a session of its own that outlives it."""
        return ["mosquitto_sub", "-V", "5", "-p", self.env["THERMO_MQTT_PORT"], "-q", "1", "-t", "camera/+/image_json", "-i", "bench",
                "-c", "-x", "3600", *map(str, options)]

    def floor_of_queue(self, messages):
        """Seconds and processor seconds mosquitto_sub takes for what waits in its session."""
        cpu, began = children_cpu(), time.monotonic()
        subprocess.run(self.subscriber("-C", messages, "-W", 300), env=self.env, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - began, children_cpu() - cpu

    def floor_of_upload(self, folder, bucket="store:bench"):
        """Seconds and processor seconds rclone takes to upload a folder."""
        self.run("rclone", "mkdir", bucket)
        cpu, began = children_cpu(), time.monotonic()
        self.run("rclone", "copy", "--transfers", "8", "--no-check-dest", "--ignore-checksum", folder, bucket)
        return time.monotonic() - began, children_cpu() - cpu

    @contextlib.contextmanager
    def stopped(self, name):
        """A server of scripts/services that is gone meanwhile, and comes back with what it had."""
        with open(f"{self.services}/run/{name}.pid") as file:
            pid = int(file.read().split()[0])
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            command = [word.decode() for word in file.read().rstrip(b"\0").split(b"\0")]
        user = os.stat(f"/proc/{pid}").st_uid
        os.kill(pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        until(f"{name} to end", lambda: not os.path.exists(f"/proc/{pid}"), 30)
        try:
            yield
        finally:
            with open(f"{self.services}/log/{name}.log", "ab") as log:
                server = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                                          user=user, group=pwd.getpwuid(user).pw_gid, extra_groups=[])
            threading.Thread(target=server.wait, daemon=True).start()  # or it would stay a zombie, and seem to run
            with open(f"/proc/{server.pid}/stat") as stat:
                started = stat.read().rpartition(")")[2].split()[19]
            with open(f"{self.services}/run/{name}.pid", "w") as file:
                file.write(f"{server.pid} {started}\n")
            if name == "postgres":
                until("PostgreSQL to let in", lambda: subprocess.run(["psql", "-tAqc", "select 1"], env=self.env, capture_output=True).returncode == 0)

    def rows(self):
        """Counted over one kept connection, for a psql a look would cost more than what is measured."""
        try:
            if self.psql is None:
                self.psql = subprocess.Popen(["psql", "-tAq"], env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
            self.psql.stdin.write("select count(*) from thermo.image_objects;\n")
            return int(self.psql.stdout.readline())
        except (OSError, ValueError):  # the server was restarted meanwhile
            self.psql.kill()
            self.psql.wait()
            self.psql = None
            return self.rows_of_own()

    def rows_of_own(self):
        return int(self.run("psql", "-tAqc", "select count(*) from thermo.image_objects"))

    def await_rows(self, count, gateway, seconds=120):
        until(f"{count} rows", lambda: gateway.alive() and self.rows() >= count, seconds, pause=0.02)

