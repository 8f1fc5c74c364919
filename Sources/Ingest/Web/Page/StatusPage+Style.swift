extension StatusPage {
    /// Black on white and white on black, for sunlight and for night; nothing is told by colour alone.
    static let style = """

        :root{color-scheme:light dark;--paper:#fff;--ink:#000;--quiet:#3a3a3a;--line:#767676;--good:#00570d;--bad:#a30000;--card:#f2f2f2;--mark:#003e9c}
        @media (prefers-color-scheme:dark){:root{--paper:#000;--ink:#fff;--quiet:#d0d0d0;--line:#8a8a8a;--good:#7dff92;--bad:#ff9a8f;--card:#171717;--mark:#9cc4ff}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:70rem;padding:.75rem 1rem 3rem;background:var(--paper);color:var(--ink);font:1.125rem/1.45 system-ui,"Noto Sans Thai",sans-serif}
        header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;justify-content:space-between}
        h1{font-size:1.4rem;margin:0}
        h2{font-size:1.15rem;margin:1.4rem 0 .4rem;border-bottom:2px solid var(--line)}
        #overall{flex-basis:100%;margin:0;font-size:1.3rem;font-weight:700}
        .good{color:var(--good)}
        .bad{color:var(--bad)}
        .skip{position:absolute;left:-99rem}
        .skip:focus{position:static}
        a{color:var(--mark)}
        button{font:inherit;min-width:44px;min-height:44px;padding:0 .8rem;color:var(--ink);background:var(--card);border:2px solid var(--line);border-radius:.4rem}
        :focus-visible{outline:4px solid var(--mark);outline-offset:2px}
        ul{list-style:none;margin:0;padding:0}
        #checks li{padding:.2rem 0;overflow-wrap:anywhere}
        #checks b{display:inline-block;min-width:7rem}
        #checks small{display:block;color:var(--quiet);font-size:1rem}
        dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.5rem;margin:0}
        dl div{background:var(--card);padding:.4rem .6rem;border-radius:.4rem}
        dt{color:var(--quiet);font-size:1rem}
        dd{margin:0;font-size:1.4rem;font-weight:700;font-variant-numeric:tabular-nums}
        meter,progress{width:100%;height:1.4rem;accent-color:var(--mark)}
        meter{max-width:24rem;vertical-align:middle}
        p{margin:.3rem 0}
        #cameras{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:.8rem}
        #cameras li{background:var(--card);border:2px solid var(--line);border-radius:.5rem;overflow:hidden}
        #cameras h3{margin:0;padding:.4rem .6rem 0;font-size:1.15rem;overflow-wrap:anywhere}
        #cameras p{padding:0 .6rem;margin:.2rem 0}
        #cameras img{display:block;width:100%;aspect-ratio:4/3;object-fit:contain;background:#000}
        #cameras .none{display:grid;place-items:center;aspect-ratio:4/3;margin:0;text-align:center;color:var(--quiet)}
        .quiet{color:var(--quiet)}
        @media (prefers-reduced-motion:no-preference){#cameras img{transition:opacity .2s}}

        """
}
