extension StatusPage {
    /// Asks again every two seconds while the page is looked at, one request of a kind at a time. What came from outside is put in by
    /// `textContent` alone.
    static let code = #"""
        const at = id => document.getElementById(id);
        const wished = new URLSearchParams(location.search).get("lang") || (navigator.languages || [navigator.language || "en"])[0] || "en";
        let language = wished.toLowerCase().startsWith("th") ? "th" : "en";
        const shown = 200;
        const cards = new Map();
        const samples = [];
        let answered = null, newest = {};

        function say(name, values = {}) {
          let text = words[language][name] ?? name;
          for (const key in values) text = text.replace("{" + key + "}", () => String(values[key]));
          return text;
        }
        function put(element, text, kind = "") {
          if (element.textContent !== text) element.textContent = text;
          if (element.className !== kind) element.className = kind;
        }
        function make(name, parent) { return parent.appendChild(document.createElement(name)); }
        function number(value) { return value.toLocaleString(language, { maximumFractionDigits: 1 }); }
        function size(bytes) {
          const units = ["B", "KiB", "MiB", "GiB", "TiB"];
          let unit = 0;
          while (bytes >= 1024 && unit < 4) { bytes /= 1024; unit += 1; }
          return number(bytes) + " " + units[unit];
        }
        function when(moment) {
          const seconds = Math.round((moment - Date.now()) / 1000);
          const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
          const steps = [["second", 1, 90], ["minute", 60, 90], ["hour", 3600, 36], ["day", 86400, Infinity]];
          for (const [unit, length, most] of steps) {
            const count = Math.round(seconds / length);
            if (Math.abs(count) < most) return format.format(count, unit);
          }
        }

        function translate() {
          document.documentElement.lang = language;
          for (const element of document.querySelectorAll("[data-t]")) put(element, say(element.dataset.t), element.className);
          put(at("language"), say("other"));
          at("language").lang = say("otherCode");
        }

        function showHealth(health) {
          const good = health.status === "ok";
          put(at("overall"), (good ? "✓ " : "✗ ") + say(good ? "ok" : "degraded"), good ? "good" : "bad");
          const list = at("checks");
          const names = ["mqtt", "minio", "postgres", "redis", "spool", "clock"].filter(name => name in health.checks);
          while (list.children.length > names.length) list.lastChild.remove();
          names.forEach((name, index) => {
            const check = health.checks[name];
            const item = list.children[index] ?? make("li", list);
            const label = item.children[0] ?? make("b", item);
            const state = item.children[1] ?? make("span", item);
            const why = item.children[2] ?? make("small", item);
            put(label, say(name));
            put(state, (check.ok ? "✓ " : "✗ ") + say(check.ok ? "works" : "fails"), check.ok ? "good" : "bad");
            put(why, check.ok ? "" : check.error + (check.since ? " (" + say("since", { t: when(Date.parse(check.since)) }) + ")" : ""));
          });
        }

        function sums(text) {
          const found = {};
          for (const line of text.split("\n")) {
            const match = /^thermo_ingest_(\w+)(?:\{.*\})? (\S+)$/.exec(line);
            if (match) found[match[1]] = (found[match[1]] ?? 0) + Number(match[2]);
          }
          return found;
        }
        function showFigures(figures) {
          const moment = performance.now();
          const rates = { chunkRate: "mqtt_messages_received_total", pictureRate: "images_completed_total", storedRate: "delivered_images_total" };
          // Over half a minute, so that the figures stand still enough to be read.
          if (samples.length && figures.delivered_images_total < samples[0].figures.delivered_images_total) samples.length = 0;
          while (samples.length > 1 && moment - samples[0].moment > 30000) samples.shift();
          const first = samples[0];
          for (const id in rates) {
            const name = rates[id];
            put(at(id), first ? number((figures[name] - first.figures[name]) / (moment - first.moment) * 60000) : "–");
          }
          samples.push({ figures, moment });
          put(at("stored"), number(figures.delivered_images_total));
          put(at("incomplete"), number(figures.images_incomplete_total));
          put(at("refused"), number(figures.chunks_rejected_total));
          const share = figures.spool_capacity_bytes > 0 ? figures.spool_bytes / figures.spool_capacity_bytes : 0;
          at("gauge").value = share;
          put(at("filled"), say("filled", { a: size(figures.spool_bytes), b: size(figures.spool_capacity_bytes) }));
        }
        function showSpool(spool) {
          const parts = [];
          if (spool.entries > 0) parts.push(say("spooled", { n: number(spool.entries) }));
          if (spool.oldest) parts.push(say("oldest", { t: when(Date.parse(spool.oldest)) }));
          if (spool.next_attempt) parts.push(say("next", { t: when(Date.parse(spool.next_attempt)) }));
          if (spool.quarantined > 0) parts.push(say("quarantined", { n: number(spool.quarantined) }));
          put(at("spooled"), parts.join(" · ") || say("empty"), spool.quarantined > 0 ? "bad" : "");
        }

        function card(uid) {
          const item = document.createElement("li");
          const image = make("img", item);
          const none = make("p", item);
          const name = make("h3", item);
          const taken = make("p", item);
          const counts = make("p", item);
          const text = make("p", item);
          const bar = make("progress", item);
          image.hidden = true;
          image.decoding = "async";
          image.addEventListener("load", () => { image.hidden = false; none.hidden = true; });
          image.addEventListener("error", () => {
            image.hidden = true;
            none.hidden = false;
            const it = cards.get(uid);
            if (it) it.retryAt = Date.now() + 10000;
          });
          return { item, image, none, name, taken, counts, text, bar, of: null, retryAt: 0 };
        }
        function showCameras(cameras) {
          const list = at("cameras");
          const visible = cameras.slice(0, shown);
          put(at("count"), "(" + number(cameras.length) + ")" + (cameras.length > shown ? " " + say("more", { n: cameras.length - shown }) : ""));
          const uids = new Set(visible.map(camera => camera.uid));
          for (const [uid, it] of cards) if (!uids.has(uid)) { it.item.remove(); cards.delete(uid); }
          visible.forEach((camera, index) => {
            if (!cards.has(camera.uid)) cards.set(camera.uid, card(camera.uid));
            const it = cards.get(camera.uid);
            if (list.children[index] !== it.item) list.insertBefore(it.item, list.children[index] ?? null);
            put(it.name, camera.uid);
            put(it.none, say(camera.last_image_at ? "unseen" : "noPicture"), "none");
            put(it.taken, camera.last_image_at ? say("taken", { t: when(Date.parse(camera.last_image_at)) }) : "");
            put(it.counts, say("images", { n: number(camera.images) }) + (camera.incomplete ? " · " + say("lost", { n: number(camera.incomplete) }) : ""), "quiet");
            const current = camera.current;
            put(it.text, current ? say("current", { a: current.received, b: current.total, i: current.image_id }) : "");
            it.bar.hidden = !current;
            it.bar.max = current ? current.total : 1;
            it.bar.value = current ? current.received : 0;
            it.bar.setAttribute("aria-label", say("progress", { c: camera.uid }));
            it.image.alt = say("picture", { c: camera.uid });
            const wanted = camera.last_image_at;
            if (wanted && (it.of !== wanted || it.retryAt && it.retryAt < Date.now())) {
              it.of = wanted;
              it.retryAt = 0;
              it.image.src = "/cameras/" + encodeURIComponent(camera.uid) + "/latest?at=" + encodeURIComponent(wanted) + "&n=" + Date.now();
            }
          });
          if (!visible.length) put(at("count"), "– " + say("noCameras"));
        }

        async function ask(path) {
          const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(5000) });
          if (!answer.ok) throw new Error(path + ": " + answer.status);
          return path === "/metrics" ? answer.text() : answer.json();
        }
        function show() {
          if (!newest.health) return;
          showHealth(newest.health);
          showSpool(newest.spool);
          showCameras(newest.cameras);
        }
        async function look() {
          if (document.hidden) return;
          try {
            const [health, spool, cameras, metrics] = await Promise.all(["/health", "/spool", "/cameras", "/metrics"].map(ask));
            newest = { health, spool, cameras: cameras.cameras };
            answered = Date.now();
            show();
            showFigures(sums(metrics));
          } catch {
            put(at("overall"), "✗ " + (answered ? say("silent", { t: when(answered) }) : say("never")), "bad");
          }
        }
        async function goOn() {
          await look();
          setTimeout(goOn, 2000);
        }
        at("language").addEventListener("click", () => { language = say("otherCode"); translate(); show(); });
        document.addEventListener("visibilitychange", look);
        translate();
        goOn();

        """#
}
