// Small pieces of the page. Text goes in through `escaped` only.
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escaped = (text) => String(text).replace(/[&<>"']/g, (c) => ENTITIES[c]);

// rows: arrays of texts or numbers; the first cell of a row heads it.
export function table(caption, heads, rows) {
  const cell = (value, at) => at === 0 ? `<th scope="row">${escaped(value)}</th>` : `<td>${escaped(value)}</td>`;
  return `<div class="wide" tabindex="0" role="region" aria-label="${escaped(caption)}"><table><caption>${escaped(caption)}</caption><thead><tr>${heads.map((head) => `<th scope="col">${escaped(head)}</th>`).join('')}</tr></thead>`
    + `<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('')}</tbody></table></div>`;
}

// A plot with its table beside it: the picture's text says what it shows, the table holds its numbers.
export function figure(title, svg, text, beside) {
  const named = svg.replace(/^<svg /, `<svg role="img" aria-label="${escaped(text)}" `);
  return `<figure><figcaption><h3>${escaped(title)}</h3><p>${escaped(text)}</p></figcaption>${named}${beside}</figure>`;
}

export const STYLE = `
:root { color-scheme: light dark; --ink: #1c1d1f; --paper: #fff; --faint: #dcdde0; --good: #17663a; --bad: #9a2a1c;
  --line-0: #0b4f9e; --line-1: #b3480b; --line-2: #2c7a3f; --line-3: #7a3c93; --line-4: #5b5f66; --line-5: #9c1f52; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e8ea; --paper: #17181b; --faint: #3a3c41; --good: #7fd49f; --bad: #ff9d8d;
  --line-0: #7db7ff; --line-1: #ffb27a; --line-2: #86dc9c; --line-3: #d9a5f0; --line-4: #b6bac1; --line-5: #ff9bc4; } }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--faint); }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: start; font-weight: 600; padding: .3rem 0; }
th, td { text-align: start; vertical-align: top; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--faint); font-weight: normal; }
thead th { font-weight: 600; } .wide { overflow-x: auto; }
.verdict { font-weight: 700; white-space: nowrap; } .pass { color: var(--good); } .fail { color: var(--bad); }
figure { margin: 1.5rem 0 2.5rem; } figure svg { max-width: 100%; height: auto; color: var(--ink); } figcaption h3 { margin-bottom: 0; } figcaption p { margin-top: .2rem; }
code { font-size: .85rem; overflow-wrap: anywhere; } li { margin: .3rem 0; } ul.checks { margin: 0; padding-inline-start: 1.1rem; }
@media print { :root { color-scheme: light; } }
`;
