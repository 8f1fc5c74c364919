extension StatusPage {
    /// Asks for `/overview` every two seconds while the page is looked at, one request at a time, and for pictures only of cameras that are
    /// on the screen. What came from outside is put in by `textContent` alone.
    static let code = #"""

        "use strict";
        const at = id => document.getElementById(id);
        const words = JSON.parse(at("words").textContent);
        const language = document.documentElement.lang;
        const cards = new Map();
        const samples = [];
        const onScreen = new Set();
        const together = 3, pictureEvery = 4000, retryAfter = 10000;
        let newest = null, answeredAt = 0, loading = 0, wanted = "", timer = 0, asking = false;

        // The choice of language is kept: by the address, and for the next visit.
        try {
          const asked = new URLSearchParams(location.search).get("lang"), kept = localStorage.getItem("lang");
          if (!asked && kept && kept !== language) location.replace("/?lang=" + encodeURIComponent(kept));
          at("language").addEventListener("click", () => localStorage.setItem("lang", words.otherCode));
        } catch {}

        function say(name, values = {}) {
          let text = words[name];
          if (text.includes("|")) text = text.split("|")[values.n === 1 ? 0 : 1];
          return text.replace(/\{(\w)\}/g, (_, key) => typeof values[key] === "number" ? number(values[key]) : values[key]);
        }
        function put(element, text, kind) {
          if (element.textContent !== text) element.textContent = text;
          if (kind !== undefined && element.className !== kind) element.className = kind;
        }
        function attribute(element, name, value) {
          if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
        }
        function make(name, parent, kind) {
          const svg = name === "svg" || name === "path";
          const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
          if (kind) element.setAttribute("class", kind);
          return parent ? parent.appendChild(element) : element;
        }
        function number(value) { return value.toLocaleString(language, { maximumFractionDigits: value < 10 ? 1 : 0 }); }
        function size(bytes) {
          const units = ["B", "KiB", "MiB", "GiB", "TiB"];
          let unit = 0;
          while (bytes >= 1024 && unit < 4) { bytes /= 1024; unit += 1; }
          return number(bytes) + " " + units[unit];
        }
        // By the gateway's clock, for this one may be wrong.
        function now() { return Date.parse(newest.now) + Date.now() - answeredAt; }
        const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
        function when(moment, from = now()) {
          const seconds = Math.round((moment - from) / 1000);
          for (const [unit, length, most] of [["second", 1, 90], ["minute", 60, 90], ["hour", 3600, 36], ["day", 86400, Infinity]]) {
            const count = Math.round(seconds / length);
            if (Math.abs(count) < most) return relative.format(count, unit);
          }
        }

        function showHealth(health) {
          const names = ["mqtt", "minio", "postgres", "redis", "spool", "clock"].filter(name => name in health.checks);
          const failed = names.filter(name => !health.checks[name].ok);
          put(at("overall"), failed.length ? "✗ " + say("degraded", { l: failed.map(name => words[name]).join(", ") }) : "✓ " + words.ok, failed.length ? "bad" : "good");
          const list = at("checks");
          while (list.children.length > names.length) list.lastChild.remove();
          names.forEach((name, index) => {
            const check = health.checks[name];
            const item = list.children[index] ?? make("li", list);
            if (item.className !== (check.ok ? "" : "failed")) item.className = check.ok ? "" : "failed";
            const sign = item.children[0] ?? make("i", item), label = item.children[1] ?? make("b", item);
            const state = item.children[2] ?? make("span", item), why = item.children[3] ?? make("p", item);
            put(sign, check.ok ? "✓" : "✗");
            put(label, words[name]);
            const drifts = name === "clock" && !newest.clock_synchronised;
            put(state, check.ok ? (drifts ? words.unsynchronised : words.works) : words.fails + (check.since ? " · " + say("since", { t: when(Date.parse(check.since)) }) : ""), check.ok ? (drifts ? "warn" : "hidden") : "bad");
            why.hidden = check.ok;
            why.lang = "en";
            put(why, check.error ?? "");
          });
        }
        function fact(id, text) {
          at(id).parentNode.hidden = !text;
          put(at(id), text);
        }
        function showSpool(spool, capacity, available) {
          put(at("waits"), spool.entries ? say("waits", { n: spool.entries }) : say("none"));
          const share = capacity > 0 ? Math.min(100, spool.bytes / capacity * 100) : 0;
          attribute(at("level"), "width", share);
          attribute(at("level"), "class", share >= 90 ? "bad" : share >= 60 ? "warn" : "");
          attribute(at("gauge"), "aria-valuenow", Math.round(share));
          const filled = say("filled", { a: size(spool.bytes), b: size(capacity) });
          attribute(at("gauge"), "aria-valuetext", filled);
          put(at("filled"), filled);
          put(at("free"), say("free", { a: size(available) }));
          fact("oldest", spool.oldest ? when(Date.parse(spool.oldest)) : "");
          const next = spool.next_attempt ? Date.parse(spool.next_attempt) : 0;
          fact("next", next ? next > now() + 500 ? when(next) : say("soon") : "");
          fact("quarantined", spool.quarantined ? number(spool.quarantined) : "");
          fact("unreadable", spool.unreadable ? number(spool.unreadable) : "");
          fact("rejected", spool.rejected ? number(spool.rejected) : "");
        }
        function showRates(totals, minutes) {
          const moment = performance.now();
          // Over half a minute, so that the figures stand still enough to be read.
          if (samples.length && totals.chunks < samples[0].totals.chunks) samples.length = 0;
          while (samples.length > 1 && moment - samples[0].moment > 30000) samples.shift();
          const first = samples[0];
          for (const [id, name] of [["pictures", "pictures"], ["storedRate", "stored"], ["chunks", "chunks"]])
            put(at(id), first ? number((totals[name] - first.totals[name]) / (moment - first.moment) * 60000) : "–");
          samples.push({ totals, moment });
          put(at("since"), [say("allStored", { n: totals.stored }), say("allLost", { n: totals.incomplete }), say("allRefused", { n: totals.refused })].join(" · "));
          draw(minutes);
        }
        function draw({ pictures, stored, incomplete }) {
          const count = pictures.length, left = (60 - count) * 6, base = 88;
          const most = Math.max(1, ...pictures, ...stored);
          const y = value => base - value / most * 80;
          attribute(at("c-stored"), "d", stored.map((value, i) => value ? `M${left + i * 6 + 1} ${base}V${y(value)}h4V${base}Z` : "").join(""));
          attribute(at("c-received"), "d", pictures.map((value, i) => `${i ? "L" : "M"}${left + i * 6} ${y(value)}h6`).join(""));
          attribute(at("c-lost"), "d", incomplete.map((value, i) => value ? `M${left + i * 6 + 3} ${base + 2}v${Math.min(21, 6 + value / most * 80)}` : "").join(""));
          put(at("most"), count ? number(most) + " " + words.perMinute : words.counting);
          attribute(at("chart"), "aria-label", count ? say("chart", { a: most, b: pictures[count - 1], c: stored[count - 1], d: incomplete[count - 1] }) : words.counting);
        }

        const watcher = new IntersectionObserver(entries => {
          for (const entry of entries) entry.isIntersecting ? onScreen.add(entry.target) : onScreen.delete(entry.target);
          loadPictures();
        }, { rootMargin: "150px" });
        function makeCard(uid) {
          const item = make("li");
          const view = make("a", item, "view");
          view.target = "_blank";
          view.rel = "noopener";
          const image = make("img", view), empty = make("span", view, "empty"), age = make("span", view);
          image.hidden = true;
          const facts = make("div", item, "facts");
          const name = make("h3", facts);
          name.dir = "auto";
          const counts = make("p", facts, "quiet"), suspect = make("p", facts, "bad"), note = make("p", facts), coming = make("div", facts), progress = make("p", coming), id = make("p", coming, "quiet id");
          const gaps = make("svg", coming, "gaps");
          attribute(gaps, "role", "progressbar");
          attribute(gaps, "preserveAspectRatio", "none");
          const came = make("path", gaps, "came"), cuts = make("path", gaps, "cuts"), missing = make("p", coming, "quiet");
          put(name, uid);
          watcher.observe(item);
          return { uid, item, view, image, empty, age, counts, suspect, note, coming, progress, id, gaps, came, cuts, missing, camera: null, shown: "", askedAt: -Infinity, failedAt: -Infinity };
        }
        function list(ranges) { return ranges.slice(0, 8).map(([a, b]) => a === b ? a : a + "–" + b).join(", ") + (ranges.length > 8 ? ", …" : ""); }
        function showCurrent(it, current) {
          it.coming.hidden = !current;
          if (!current) return;
          const { received, total, missing } = current;
          put(it.progress, say("current", { a: received, b: total }));
          put(it.id, current.image_id);
          it.id.title = current.image_id;
          attribute(it.gaps, "viewBox", `0 0 ${total} 10`);
          attribute(it.gaps, "aria-label", words.progress);
          attribute(it.gaps, "aria-valuemin", 0);
          attribute(it.gaps, "aria-valuemax", total);
          attribute(it.gaps, "aria-valuenow", received);
          let from = 0, came = "";
          for (const [first, last] of missing.concat([[total, total]])) {
            if (first > from) came += `M${from} 0H${first}V10H${from}Z`;
            from = last + 1;
          }
          attribute(it.came, "d", came);
          attribute(it.cuts, "stroke-width", total / 250);
          attribute(it.cuts, "d", total > 64 ? "" : Array.from({ length: total - 1 }, (_, i) => `M${i + 1} 0V10`).join(""));
          put(it.missing, missing.length && missing[0][0] < received ? say("missing", { m: list(missing) }) : "");
        }
        function showAge(it) {
          const { shown_at, last_image_at } = it.camera;
          put(it.age, last_image_at ? when(Date.parse(shown_at ?? last_image_at)) : "");
          it.age.hidden = !last_image_at;
        }
        function showCamera(it, camera) {
          it.camera = camera;
          const path = "/cameras/" + encodeURIComponent(camera.uid) + "/latest";
          if (camera.shown_at) attribute(it.view, "href", path); else it.view.removeAttribute("href");
          put(it.counts, say("images", { n: camera.images }) + (camera.incomplete ? " · " + say("incomplete", { n: camera.incomplete }) : ""));
          const newer = camera.last_image_at && camera.last_image_at !== camera.shown_at;
          put(it.suspect, camera.suspect ? "✂ " + words.suspect : "");
          put(it.note, newer ? "→ " + words.onWay : camera.spooled ? "■ " + words.inSpool : "", camera.spooled ? "warn" : "quiet");
          put(it.empty, !camera.last_image_at ? words.noPicture : it.failedAt > it.askedAt ? words.unseen : words.loading);
          it.empty.hidden = !it.image.hidden;
          showAge(it);
          showCurrent(it, camera.current);
        }
        // Two pictures of one burst may have one moment.
        function key(camera) { return camera.shown_at + " " + camera.shown_id; }
        // The old picture stays until the new one is there.
        function loadPictures() {
          const moment = performance.now();
          const due = [...cards.values()].filter(it => it.camera?.shown_at && onScreen.has(it.item) && it.shown !== key(it.camera) && !it.isLoading && moment - it.askedAt >= pictureEvery && moment - it.failedAt >= retryAfter);
          due.sort((a, b) => a.askedAt - b.askedAt);
          for (const it of due.slice(0, together - loading)) {
            const wanted = key(it.camera), next = make("img");
            const ended = () => { loading -= 1; it.isLoading = false; loadPictures(); };
            loading += 1;
            it.isLoading = true;
            it.askedAt = performance.now();
            next.alt = say("picture", { c: it.uid });
            next.addEventListener("load", () => {
              it.image.replaceWith(next);
              it.image = next;
              it.shown = wanted;
              it.empty.hidden = true;
              ended();
            });
            next.addEventListener("error", () => {
              it.failedAt = performance.now();
              put(it.empty, words.unseen);
              ended();
            });
            next.src = "/cameras/" + encodeURIComponent(it.uid) + "/latest?of=" + encodeURIComponent(wanted);
          }
        }
        function showCameras(cameras, count) {
          const uids = new Set(cameras.map(camera => camera.uid));
          for (const [uid, it] of cards) if (!uids.has(uid)) {
            watcher.unobserve(it.item);
            onScreen.delete(it.item);
            it.item.remove();
            cards.delete(uid);
          }
          const list = at("list");
          cameras.forEach((camera, index) => {
            if (!cards.has(camera.uid)) cards.set(camera.uid, makeCard(camera.uid));
            const it = cards.get(camera.uid);
            if (list.children[index] !== it.item) list.insertBefore(it.item, list.children[index] ?? null);
            showCamera(it, camera);
          });
          put(at("count"), count ? "(" + number(count) + ")" : "");
          at("find").hidden = count <= 6 && !wanted;
          at("none").hidden = cameras.length > 0;
          put(at("none"), cameras.length ? "" : count ? words.noMatch : words.noCameras);
          const more = wanted ? 0 : count - cameras.length;
          at("more").hidden = more <= 0;
          put(at("more"), more > 0 ? say("more", { n: more }) : "");
          loadPictures();
        }

        function show(overview) {
          newest = overview;
          answeredAt = Date.now();
          put(at("name"), newest.name);
          put(at("version"), "thermo-ingest " + newest.version);
          document.title = (newest.health.status === "ok" ? "✓ " : "✗ ") + newest.name;
          showHealth(newest.health);
          showSpool(newest.spool, newest.capacity, newest.available);
          showRates(newest.totals, newest.minutes);
          showCameras(newest.cameras, newest.camera_count);
        }
        async function look() {
          if (document.hidden || asking) return;
          asking = true;
          clearTimeout(timer);
          const find = wanted;
          const patience = new AbortController(), late = setTimeout(() => patience.abort(), 5000);
          let overview = null;
          try {
            const answer = await fetch("/overview?find=" + encodeURIComponent(find), { cache: "no-store", signal: patience.signal });
            if (answer.ok) overview = await answer.json();
          } catch {}
          clearTimeout(late);
          asking = false;
          timer = setTimeout(look, find !== wanted ? 0 : 2000);
          at("last").hidden = Boolean(overview) || !newest;
          if (overview) return show(overview);
          // The time stands apart, so that it is not read aloud every few seconds.
          put(at("overall"), "✗ " + words.silent, "bad");
          if (newest) put(at("last"), say("last", { t: when(answeredAt, Date.now()) }));
          document.title = "✗ thermo-ingest";
        }
        at("find").addEventListener("input", event => { wanted = event.target.value.trim(); clearTimeout(timer); timer = setTimeout(look, 150); });
        document.addEventListener("visibilitychange", look);
        setInterval(() => { if (newest && !document.hidden) for (const it of cards.values()) showAge(it); }, 1000);
        look();

        """#
}
