extension StatusPage {
    /// Black on white and white on black, for sunlight and for night; every text has a contrast of 7:1 or more. Nothing is told by colour
    /// alone.
    static let style = """

        :root{color-scheme:light dark;--paper:#fff;--ink:#000;--quiet:#333;--line:#767676;--card:#f3f3f3;--good:#00520c;--bad:#990000;--warn:#6b3a00;--mark:#003a94;--on:#fff;--bar:#5b8def;--shade:#000c}
        @media (prefers-color-scheme:dark){:root{--paper:#000;--ink:#fff;--quiet:#d6d6d6;--line:#8a8a8a;--card:#191919;--good:#7dff92;--bad:#ffa399;--warn:#ffc46b;--mark:#9cc4ff;--on:#000;--bar:#3f6fd1}}
        *{box-sizing:border-box}
        [hidden]{display:none!important}
        html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
        body{margin:0 auto;max-width:80rem;padding:.6rem .9rem 2rem;background:var(--paper);color:var(--ink);font:1.125rem/1.45 system-ui,"Noto Sans Thai",Loma,sans-serif}
        header{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:center}
        h1{flex:1;min-width:0;margin:0;font-size:1.3rem;line-height:1.15;display:grid;grid-template-columns:auto 1fr;column-gap:.6rem;align-items:center}
        h1 img{grid-row:span 2;display:block}
        h1 small{font-size:1rem;font-weight:400;color:var(--quiet);overflow-wrap:anywhere}
        h2{font-size:1.15rem;margin:1.3rem 0 .5rem;padding-bottom:.2rem;border-bottom:3px solid var(--ink)}
        p{margin:.3rem 0}
        a{color:var(--mark)}
        ul{list-style:none;margin:0;padding:0}
        .button{display:grid;place-items:center;min-width:48px;min-height:48px;padding:0 .9rem;font-weight:700;text-decoration:none;border:2px solid var(--line);border-radius:.5rem;background:var(--card)}
        :focus-visible{outline:4px solid var(--mark);outline-offset:2px}
        #cameras:focus{outline:none}
        .skip{position:absolute;left:-99rem;padding:.6rem;background:var(--paper)}
        .skip:focus{left:.5rem;top:.5rem;z-index:1}
        #overall{flex-basis:100%;margin:0;padding:.55rem .8rem;font-size:1.3rem;font-weight:700;border-radius:.5rem;background:var(--quiet);color:var(--paper);overflow-wrap:anywhere}
        #overall.good{background:var(--good);color:var(--on)}
        #overall.bad{background:var(--bad);color:var(--on)}
        #last{flex-basis:100%;margin:0}
        .good{color:var(--good)}
        .bad{color:var(--bad)}
        .warn,.warn dt{color:var(--warn);font-weight:700}
        .quiet{color:var(--quiet)}
        .big{font-size:1.5rem;font-weight:700;line-height:1.2}
        .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        #checks{display:grid;grid-template-columns:1fr 1fr;gap:.4rem}
        #checks li{padding:.2rem .6rem;background:var(--card);border-radius:.4rem}
        #checks li.failed{grid-column:1/-1;order:-1;padding:.4rem .7rem;border-left:.5rem solid var(--bad)}
        #checks i{font-style:normal;font-weight:700;margin-right:.4rem;color:var(--good)}
        #checks .failed i{color:var(--bad)}
        #checks b{font-weight:600}
        #checks .failed b{font-weight:700;margin-right:.4rem}
        #checks p{overflow-wrap:anywhere;font-size:1rem}
        dl{margin:.4rem 0;display:grid;gap:.4rem}
        dt{color:var(--quiet);font-size:1rem;line-height:1.25}
        dd{margin:0;font-weight:700;font-variant-numeric:tabular-nums}
        #spool div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 .8rem;align-items:baseline}
        #rates{grid-template-columns:repeat(3,1fr)}
        #rates div{display:flex;flex-direction:column;justify-content:space-between;background:var(--card);padding:.35rem .6rem;border-radius:.4rem}
        #rates dd{font-size:1.4rem}
        .ends{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;font-size:1rem;color:var(--quiet)}
        svg{display:block;width:100%}
        #gauge{height:1.3rem;border:2px solid var(--ink);border-radius:.3rem}
        .trough{fill:var(--card)}
        #level{fill:var(--good)}
        #level.warn{fill:var(--warn)}
        #level.bad{fill:var(--bad)}
        figure{margin:.6rem 0 .3rem}
        figcaption{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;font-size:1rem}
        figcaption i{display:inline-block;width:1.1rem;height:.9rem;margin-right:.4rem;vertical-align:-.05rem}
        .k-received{border-top:3px solid var(--ink);transform:translateY(.4rem)}
        .k-stored{background:var(--bar)}
        .k-lost{background:repeating-linear-gradient(45deg,var(--bad) 0 3px,var(--paper) 3px 5px)}
        #c-stored{fill:var(--bar)}
        #c-received{fill:none;stroke:var(--ink);stroke-width:2;stroke-linejoin:round}
        #c-lost{fill:none;stroke:var(--bad);stroke-width:4;stroke-dasharray:3 1.5}
        .axis{stroke:var(--ink);stroke-width:1.5}
        .grid{stroke:var(--line);stroke-width:.6;stroke-dasharray:2 3}
        text{fill:var(--ink);font-size:14px;font-weight:700;paint-order:stroke;stroke:var(--paper);stroke-width:4px}
        #find{width:100%;max-width:24rem;min-height:48px;margin-bottom:.6rem;padding:0 .8rem;font:inherit;color:var(--ink);background:var(--paper);border:2px solid var(--line);border-radius:.5rem}
        ::placeholder{color:var(--quiet);opacity:1}
        #list{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,14.5rem),1fr));gap:.8rem}
        #list li{display:flex;flex-direction:column;background:var(--card);border:2px solid var(--line);border-radius:.6rem;overflow:hidden}
        #list h3{margin:0;font-size:1.15rem;line-height:1.3;overflow-wrap:anywhere}
        #list .facts{padding:.45rem .7rem .6rem}
        #list .facts p{margin:.1rem 0;overflow-wrap:anywhere}
        .view{position:relative;display:block;aspect-ratio:4/3;background:#000;color:#fff}
        .view:focus-visible{outline-offset:-6px;outline-color:#fff}
        .view img{display:block;width:100%;height:100%;object-fit:contain}
        .view span{position:absolute;left:0;bottom:0;padding:.15rem .6rem;font-weight:700;background:var(--shade);border-top-right-radius:.5rem}
        .view .empty{inset:0;display:grid;place-items:center;padding:1rem;text-align:center;background:none}
        #list .id{overflow:hidden;white-space:nowrap;text-overflow:ellipsis}
        .gaps{height:1.1rem;margin:.35rem 0 .1rem;border:2px solid var(--ink);border-radius:.25rem}
        .gaps .came{fill:var(--mark)}
        .gaps .cuts{fill:none;stroke:var(--card)}
        footer{margin-top:1.5rem;font-size:1rem}
        @media (min-width:60rem){main{display:grid;grid-template:"state cameras" auto "hour cameras" 1fr/22rem 1fr;gap:0 2rem}#state{grid-area:state}#cameras{grid-area:cameras}#hour{grid-area:hour}#overall{flex:0 1 auto;order:1}header h1{flex:1 1 16rem}#language{order:2}noscript{order:3}}
        @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
        @media (forced-colors:active){#overall,#list li,#checks li{border:2px solid}svg{forced-color-adjust:none}}
        @media print{#language,#find{display:none}}

        """
}
