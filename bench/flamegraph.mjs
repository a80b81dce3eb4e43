// A flame graph of a profile: reads `perf script` on stdin, writes one self-contained SVG to stdout.
//   perf record -g -p PID -- sleep 10; perf script | node bench/flamegraph.mjs "title" [least share, 0.004] > out.svg
// Width is time on the CPU, callers are below, alphabet decides the order. Frames thinner than the least share are
// left out, so that the file stays small; names are shortened (templates to <…>).
import readline from 'node:readline';

const [title = 'flame graph', least = '0.004'] = process.argv.slice(2);
const WIDTH = 1200;
const ROW = 16;
const CHARACTER = 6.2;

// `a::b<c<d>>(e)+0x12 (module)` → `a::b<…>`
function shortName(frame) {
  let name = frame.replace(/ \([^()]*\)$/, '').replace(/\+0x[0-9a-f]+$/, '');
  for (let before = ''; before !== name;) {
    before = name;
    name = name.replace(/<[^<>]*[^<>…][^<>]*>/, '<…>').replace(/\((?!anonymous)[^()]*\)/, '');
  }
  return name.replaceAll('(anonymous namespace)::', '').replaceAll('boost::asio::', 'asio::').slice(0, 90);
}

const node = (name) => ({ name, count: 0, children: new Map() });
const root = node('all');

function add(stack) {
  let at = root;
  at.count += 1;
  for (const name of stack.reverse()) {
    if (!at.children.has(name)) at.children.set(name, node(name));
    at = at.children.get(name);
    at.count += 1;
  }
}

let stack = [];
for await (const line of readline.createInterface({ input: process.stdin })) {
  const frame = /^\s+[0-9a-f]+ (.+)$/.exec(line);
  if (frame) {
    stack.push(shortName(frame[1]));
  } else if (line === '') {
    if (stack.length) add(stack);
    stack = [];
  }
}
if (stack.length) add(stack);
if (root.count === 0) throw new Error('no stacks on stdin: is it `perf script` of a profile with -g?');

const escaped = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const boxes = [];
let deepest = 0;

// Kernel blue, asio grey, ours warm: what one looks for first.
function colour(name) {
  if (/^(qrgate::|main)/.test(name)) return '#f4a261';
  if (/^(asio::|std::|boost::)/.test(name)) return '#d9d4c7';
  if (/^(\[|_?_?(x64_)?(sys|do|tcp|ip|sock|ep|inet|net|skb|nf|schedule|entry|loopback|dev)_|entry_)/.test(name)) return '#a8c5da';
  return '#e9d8a6';
}

function draw(at, x, depth) {
  const share = at.count / root.count;
  if (share < Number(least)) return;
  deepest = Math.max(deepest, depth);
  boxes.push({ at, x, depth, width: share * WIDTH });
  let next = x;
  for (const child of [...at.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    draw(child, next, depth + 1);
    next += (child.count / root.count) * WIDTH;
  }
}
draw(root, 0, 0);

const height = (deepest + 1) * ROW + 40;
const parts = [`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10">`,
  `<rect width="100%" height="100%" fill="#fff"/><text x="8" y="18" font-size="13">${escaped(title)} (${root.count} samples)</text>`];
for (const { at, x, depth, width } of boxes) {
  const y = height - (depth + 1) * ROW - 6;
  const fits = Math.floor(width / CHARACTER);
  const label = fits < 4 ? '' : at.name.length <= fits ? at.name : `${at.name.slice(0, fits - 1)}…`;
  parts.push(`<g><title>${escaped(at.name)} ${((100 * at.count) / root.count).toFixed(1)} %</title>` +
    `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(width - 0.4, 0.3).toFixed(1)}" height="${ROW - 1}" fill="${colour(at.name)}"/>` +
    (label ? `<text x="${(x + 2).toFixed(1)}" y="${y + 11}">${escaped(label)}</text>` : '') + '</g>');
}
process.stdout.write(`${parts.join('\n')}\n</svg>\n`);
