// The report of one run: a page that stands alone (no request goes out), from the same object that the JSON is.
import { checkText } from '../goals/judge.mjs';
import { escaped, STYLE, table } from './html.mjs';
import { latencySection } from './latencies.mjs';
import { groupSection, memorySection } from './series.mjs';

function goalRow({ id, measured, met, checks, notes, why, title, goal, seconds }) {
  const word = !measured ? 'not measured' : met ? 'pass' : 'short';
  const ordered = [...checks].sort((a, b) => Number(a.met) - Number(b.met));
  const said = measured ? [...ordered.map((one) => `${one.met ? '✓' : '✗'} ${checkText(one)}`), ...notes] : [why];
  return `<tr><th scope="row">${escaped(id)}</th><td class="verdict ${met ? 'pass' : 'fail'}">${met ? '✓' : '✗'} ${word}</td><td><strong>${escaped(title)}</strong><br>${escaped(goal ?? '')}</td>`
    + `<td><ul class="checks">${said.map((one) => `<li>${escaped(one)}</li>`).join('')}</ul></td><td>${seconds.toFixed(0)} s</td></tr>`;
}

function goalTable(verdicts) {
  return `<div class="wide" tabindex="0" role="region" aria-label="Goals"><table><caption>Goals: what is compared, the ratio, and the limit in brackets</caption><thead><tr>${['Goal', 'Verdict', 'What', 'Figures', 'Took'].map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>`
    + `<tbody>${verdicts.map(goalRow).join('')}</tbody></table></div>`;
}

function machineTable(machine) {
  return table('Machine', ['', ''], [
    ['processor', `${machine.cpu}, ${machine.cores} cores`], ['memory', `${machine.memory_gib.toFixed(1)} GiB`], ['kernel', machine.kernel],
    ['database', machine.postgres], ['one durable write (8 kB and fdatasync)', `median ${machine.fsync.median_ms.toFixed(2)} ms, most ${machine.fsync.most_ms.toFixed(2)} ms`],
    ['load before and after', `${machine.load_before.toFixed(2)}, ${machine.load_after.toFixed(2)}`], ['measured', machine.at], ['source', machine.commit],
  ]);
}

const METHOD = `
<p>Product and peer ran in turn, in the same run, on the same cores as the client and the database; so ratios mean more than
figures. Load comes in an open loop: request n is due at its own time, and its latency counts from then, whether or not an
earlier answer was late. Latencies go into log-linear histograms with an error below 0.8 %; warm-up is not counted. Memory is
everything in which the server process can keep something (all pages of mappings that may be written, and the written
pages of the others; not the unchanged pages of its program and libraries); processor time is that of the server
process alone. The peers' settings, and what this set-up cannot show, are in docs/benchmarks/README.md.</p>`;

export async function reportPage(all) {
  const { machine, verdicts, results, series, peers } = all;
  const measured = verdicts.filter((one) => one.measured);
  const commands = [...new Set(results.map(({ goal, who, command }) => `${goal}\u0000${who}\u0000${command}`))].map((row) => row.split('\u0000'));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>qrgate: goals and peers, ${escaped(machine.at.slice(0, 10))}</title><style>${STYLE}</style></head><body>
<main>
<h1>qrgate beside its peers</h1>
<p>${measured.filter(({ met }) => met).length} of ${verdicts.length} goals met, ${verdicts.length - measured.length} not measured, in a ${all.quick ? 'quick' : 'full'} run (<code>${escaped(all.command)}</code>) on ${escaped(machine.at.slice(0, 10))}.</p>
<h2 id="goals">Goals</h2>
${goalTable(verdicts)}
<h2 id="machine">Machine</h2>
${machineTable(machine)}
${table('Peers', ['', 'version'], Object.entries(peers))}
<h2 id="how">How it was measured</h2>
${METHOD}
<h2 id="latency">Latencies</h2>
${await latencySection(results)}
<h2 id="memory">Memory</h2>
${await memorySection(series.memory)}
<h2 id="group">Group commit</h2>
${await groupSection(series.group_size)}
<h2 id="commands">Commands</h2>
${table('Every command of this run', ['Goal', 'On', 'Command'], commands)}
</main></body></html>
`;
}
