extension StatusPage {
    /// What is there before the first answer. `{{name}}` stands for words.
    static let body = """
        <body>
        <a class="skip" href="#cameras">{{skip}}</a>
        <header>
        <h1><img src="/icon.svg" alt="" width="32" height="32"> <span>thermo-ingest</span> <small id="name" dir="auto"></small></h1>
        <a id="language" class="button" href="/?lang={{otherCode}}" lang="{{otherCode}}" hreflang="{{otherCode}}" rel="alternate">{{other}}</a>
        <p id="overall" role="status" aria-live="polite">{{asking}}</p>
        <p id="last" hidden></p>
        <noscript><p class="bad">{{needs}} <a href="/health">/health</a>, <a href="/cameras">/cameras</a>, <a href="/spool">/spool</a></p></noscript>
        </header>
        <main>
        <div id="state">
        <section aria-labelledby="h-connections">
        <h2 id="h-connections">{{connections}}</h2>
        <ul id="checks" role="list"></ul>
        </section>
        <section aria-labelledby="h-spool">
        <h2 id="h-spool">{{waiting}}</h2>
        <p id="waits" class="big">–</p>
        <svg id="gauge" role="meter" aria-label="{{gauge}}" aria-valuemin="0" aria-valuemax="100" aria-valuenow="0" viewBox="0 0 100 8" preserveAspectRatio="none"><rect class="trough" width="100" height="8"/><rect id="level" width="0" height="8"/></svg>
        <p class="ends"><span id="filled">–</span> <span id="free"></span></p>
        <dl id="spool">
        <div hidden><dt>{{oldest}}</dt><dd id="oldest"></dd></div>
        <div hidden><dt>{{next}}</dt><dd id="next"></dd></div>
        <div hidden class="warn"><dt>{{quarantined}}</dt><dd id="quarantined"></dd></div>
        <div hidden class="warn"><dt>{{unreadable}}</dt><dd id="unreadable"></dd></div>
        <div hidden><dt>{{rejected}}</dt><dd id="rejected"></dd></div>
        </dl>
        </section>
        </div>
        <section id="cameras" tabindex="-1" aria-labelledby="h-cameras">
        <h2 id="h-cameras">{{cameras}} <span id="count"></span></h2>
        <input id="find" type="search" placeholder="{{find}}" aria-label="{{find}}" autocomplete="off" spellcheck="false" hidden>
        <p id="none" hidden></p>
        <ul id="list" role="list"></ul>
        <p id="more" hidden></p>
        </section>
        <section id="hour" aria-labelledby="h-hour">
        <h2 id="h-hour">{{hour}}</h2>
        <dl id="rates">
        <div><dt>{{pictures}}</dt><dd id="pictures">–</dd></div>
        <div><dt>{{storedRate}}</dt><dd id="storedRate">–</dd></div>
        <div><dt>{{chunks}}</dt><dd id="chunks">–</dd></div>
        </dl>
        <figure>
        <svg id="chart" role="img" aria-label="{{counting}}" viewBox="0 0 360 112"><path class="grid" d="M0 8.5H360M0 48.5H360"/><path id="c-stored"/><path id="c-received"/><path id="c-lost"/><path class="axis" d="M0 88.5H360"/><text id="most" x="2" y="22"></text></svg>
        <p class="ends"><span>{{from}}</span> <span>{{to}}</span></p>
        <figcaption aria-hidden="true"><span><i class="k-received"></i>{{received}}</span> <span><i class="k-stored"></i>{{stored}}</span> <span><i class="k-lost"></i>{{lost}}</span></figcaption>
        </figure>
        <p class="quiet">{{sinceStart}} <span id="since">–</span></p>
        </section>
        </main>
        <footer id="version" class="quiet"></footer>
        </body>
        """
}
