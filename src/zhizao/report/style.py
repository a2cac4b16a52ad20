"""The look of a report: quiet, headline first, light and dark, on paper and on a phone."""

CSS = """
:root{color-scheme:light dark;--paper:#fff;--card:#fff;--ink:#1a2028;--soft:#5b6673;--rule:#e3e7ec;
--grid:#edf0f3;--blue:#0072b2;--red:#d55e00;--green:#009e73;--sky:#56b4e9;--pink:#cc79a7;--orange:#e69f00;
--yellow:#f0e442;--brown:#8c6d31;--on-deep:#fff;--idle:#d5dae1;--off:#eef0f3;--better:#00648f;--worse:#b84a00;--edge:#e3e7ec}
@media (prefers-color-scheme:dark){:root{--paper:#14181d;--card:#1b2027;--ink:#e8ecf1;--soft:#9aa6b4;
--rule:#2c343e;--grid:#262d36;--blue:#2f86c5;--red:#f0803c;--green:#2dbd93;--brown:#b8975a;--on-deep:#0b1116;
--idle:#4a5460;--off:#2a313a;--better:#6cc3f0;--worse:#ff9a5c;--edge:#2c343e}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC","PingFang SC",
"Microsoft YaHei","DejaVu Sans",sans-serif}
main{max-width:1000px;margin:0 auto;padding:40px 24px 32px}
h1{font-size:30px;line-height:1.2;margin:0;font-weight:650;letter-spacing:-.01em}
h2{font-size:19px;line-height:1.3;margin:0 0 12px;font-weight:600}
.subtitle{margin:6px 0 0;color:var(--soft);font-size:17px}
section{margin:40px 0 0}
.note{color:var(--soft);font-size:14px;margin:8px 0 0;max-width:75ch}
.prose p{margin:0 0 12px;max-width:75ch}
.cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(172px,1fr));margin-top:28px}
.card{background:var(--card);border:1px solid var(--edge);border-top:3px solid var(--soft);border-radius:6px;
padding:14px 16px 14px;display:flex;flex-direction:column}
.card.better{border-top-color:var(--better)}.card.worse{border-top-color:var(--worse)}
.card h3{font-size:14px;margin:0;font-weight:600;color:var(--soft)}
.card p{margin:0}
.value{font-size:32px;line-height:1.15;font-weight:650;letter-spacing:-.02em;margin-top:6px!important;
font-variant-numeric:tabular-nums}
.unit{font-size:14px;color:var(--soft);line-height:1.4}
.from{font-size:14px;margin-top:8px!important;font-variant-numeric:tabular-nums}
.change{font-size:14px;margin-top:2px!important;font-variant-numeric:tabular-nums}
.change b{font-weight:650}
.better .change b{color:var(--better)}.worse .change b{color:var(--worse)}
.range{color:var(--soft);font-size:13px;font-variant-numeric:tabular-nums}
.heat{width:100%;height:auto}.heat rect{fill:var(--red)}
.heat text{font-size:12px;text-anchor:middle;fill:currentColor}
.shots{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(180px,1fr))}
figure{margin:0;break-inside:avoid}
figure img{width:100%;display:block;border-radius:4px}
figcaption{font-size:12px;color:var(--soft);overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
.long .scroll{max-height:30em;overflow-y:auto;border-bottom:1px solid var(--rule)}
.long thead th{position:sticky;top:0;background:var(--paper)}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th{color:var(--soft);font-weight:600;text-align:left;border-bottom:2px solid var(--rule);white-space:nowrap}
th,td{padding:6px 14px 6px 0;vertical-align:top}
td{border-bottom:1px solid var(--rule)}
.n{text-align:right;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
.folds details{border-bottom:1px solid var(--rule)}.folds summary{padding:8px 0;cursor:pointer}
.folds details section{margin:4px 0 18px 18px}.folds h2{font-size:15px;margin:0 0 4px}
.folds>h2{font-size:19px;margin:0 0 12px}
.widget{min-height:90px}
.widget h3{font-size:16px;margin:10px 0 4px}.widget td:first-child{width:34%}
.pick{font-size:14px;color:var(--soft)}.pick select{font:inherit;color:var(--ink);background:var(--card);
padding:3px 8px;border:1px solid var(--soft);border-radius:4px;max-width:100%}
.flow{overflow:auto;max-height:82vh;border:1px solid var(--rule);border-radius:6px;padding:8px}
.flow svg{display:block;margin:0 auto}
.flow text{font-size:12px;fill:var(--soft)}.flow .name{font-size:13px;fill:var(--ink)}
.flow .at{fill:var(--ink);paint-order:stroke;stroke:var(--paper);stroke-width:4px}
.flow rect{fill:var(--card);stroke:var(--soft)}.flow .end rect{fill:var(--off);stroke:none}
.flow .place{cursor:pointer}.flow [aria-pressed=true] rect{stroke:var(--blue);stroke-width:2.5}
.flow .place:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
.flow .step{fill:none;stroke:var(--soft);stroke-opacity:.55}.flow .step:hover{stroke-opacity:1}
.flow .first{stroke:var(--blue)}.flow .second{stroke:var(--red);stroke-dasharray:7 4}
.flow marker path{fill:var(--soft)}
.flow-tools{display:flex;flex-wrap:wrap;gap:8px 20px;margin:0 0 10px;font-size:14px;
color:var(--soft);align-items:center}
.flow-tools select,.flow-tools button{font:inherit;color:var(--ink);background:var(--card);padding:3px 8px;
border:1px solid var(--soft);border-radius:4px}.flow-tools button{min-width:30px}
.flow-tools input{vertical-align:middle}
.scroll svg{display:block;width:100%;min-width:560px;height:auto}
.scroll text{font-family:inherit;fill:var(--soft);font-size:12px}
.name{fill:var(--ink);font-size:13px}.label{font-size:12px}.in{font-size:11px;pointer-events:none}
.grid{stroke:var(--grid)}.axis{stroke:var(--soft)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 8px;padding:0;font-size:14px}
.legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:7px}
footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--rule);color:var(--soft);font-size:13px}
footer h2{font-size:14px;color:var(--soft)}
footer td,footer th{border:0;padding:2px 18px 2px 0;font-size:13px;text-align:left;white-space:normal;
overflow-wrap:anywhere}
footer th{font-weight:500;width:1%;white-space:nowrap}
footer td{color:var(--ink)}
@media (max-width:560px){main{padding:24px 16px}h1{font-size:25px}.cards{grid-template-columns:1fr 1fr}
.value{font-size:26px}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#ccc;--grid:#e6e6e6;
--blue:#0072b2;--red:#d55e00;--green:#009e73;--brown:#8c6d31;--on-deep:#fff;--idle:#d5dae1;
--off:#eef0f3;--better:#00648f;--worse:#b84a00;--edge:#ccc}
body{font-size:11pt}main{max-width:none;padding:0}section{margin-top:22pt}
details::details-content{content-visibility:visible;height:auto;display:block}
section,.card,svg,tr{break-inside:avoid}.long{break-inside:auto}h2{break-after:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.scroll,.long .scroll{overflow:visible;max-height:none}.scroll svg{min-width:0}}
"""
