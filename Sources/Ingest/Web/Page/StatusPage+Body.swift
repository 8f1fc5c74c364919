extension StatusPage {
    /// What is there before the first answer; `data-t` names the words that the script puts in.
    static let body = """
        <body>
        <a class="skip" href="#cameras" data-t="skip">To the cameras</a>
        <header>
        <h1>thermo-ingest</h1>
        <button id="language" type="button" lang="th">ไทย</button>
        <p id="overall" role="status" aria-live="polite" data-t="asking">Asking the gateway …</p>
        </header>
        <main>
        <noscript><p class="bad">This page needs JavaScript. The same in plain: <a href="/health">/health</a>, <a href="/cameras">/cameras</a>, <a href="/spool">/spool</a>.</p></noscript>
        <section aria-labelledby="h-connections">
        <h2 id="h-connections" data-t="connections">Connections</h2>
        <ul id="checks"></ul>
        </section>
        <section aria-labelledby="h-now">
        <h2 id="h-now" data-t="now">Now</h2>
        <dl id="figures">
        <div><dt data-t="chunkRate">Chunks a minute</dt><dd id="chunkRate">–</dd></div>
        <div><dt data-t="pictureRate">Pictures a minute</dt><dd id="pictureRate">–</dd></div>
        <div><dt data-t="storedRate">Stored a minute</dt><dd id="storedRate">–</dd></div>
        <div><dt data-t="stored">Stored since the start</dt><dd id="stored">–</dd></div>
        <div><dt data-t="incomplete">Given up incomplete</dt><dd id="incomplete">–</dd></div>
        <div><dt data-t="refused">Messages refused</dt><dd id="refused">–</dd></div>
        </dl>
        </section>
        <section aria-labelledby="h-spool">
        <h2 id="h-spool" data-t="spool">Spool</h2>
        <p><meter id="gauge" min="0" max="1" low="0.6" high="0.85" optimum="0" value="0" aria-labelledby="h-spool"></meter> <span id="filled">–</span></p>
        <p id="spooled">–</p>
        </section>
        <section aria-labelledby="h-cameras">
        <h2 id="h-cameras"><span data-t="cameras">Cameras</span> <span id="count"></span></h2>
        <ul id="cameras" tabindex="-1"></ul>
        </section>
        </main>
        </body>
        """
}
