// Latency distributions, product beside peer: one plot for each thing that both did, or that the product did alone.
import { figure, table } from './html.mjs';
import { percentilePlot } from './plots.mjs';

const COLUMNS = ['p50', 'p90', 'p99', 'p999', 'max'];
const ms = (us) => (us / 1000).toFixed(us < 10_000 ? 3 : 1);
const MOST_LINES = 6;

// Histograms of the same kind from several runs of a pair, as one.
export function merged(histograms) {
  const steps = new Map();
  for (const { steps: some } of histograms) for (const [upper, count] of some) steps.set(upper, (steps.get(upper) ?? 0) + count);
  const sorted = [...steps].sort(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, one]) => sum + one, 0);
  const max_us = Math.max(...histograms.map((one) => one.max_us));
  const at = (percent) => {
    let seen = 0;
    for (const [upper, one] of sorted) if ((seen += one) >= count * percent / 100) return Math.min(upper, max_us);
    return max_us;
  };
  return { count, steps: sorted, max_us, p50_us: at(50), p90_us: at(90), p99_us: at(99), p999_us: at(99.9) };
}

// [{goal, what, lines: [{name, histogram}]}] of all results: a goal's results with the same latency name together.
export function distributions(results) {
  const plots = new Map();
  for (const { goal, who, name, label, latencies } of results) {
    for (const [what, histogram] of Object.entries(latencies ?? {})) {
      if (!histogram.count) continue;
      const key = `${goal} ${what}`;
      const plot = plots.get(key) ?? plots.set(key, { goal, what, lines: new Map() }).get(key);
      const line = label ?? (who === 'product' ? `qrgate (${name})` : who);
      plot.lines.set(line, [...(plot.lines.get(line) ?? []), histogram]);
    }
  }
  return [...plots.values()].map(({ goal, what, lines }) => ({
    goal, what, lines: [...lines].slice(0, MOST_LINES).map(([name, all]) => ({ name, histogram: merged(all) })),
  }));
}

export async function latencySection(results) {
  const parts = [];
  for (const { goal, what, lines } of distributions(results)) {
    const title = `${goal}: ${what.replaceAll('_', ' ')}`;
    const text = `How long ${what.replaceAll('_', ' ')} took, in milliseconds, by percentile: ${lines.map(({ name, histogram }) => `${name} p50 ${ms(histogram.p50_us)}, p99 ${ms(histogram.p99_us)}`).join('; ')}.`;
    const rows = lines.map(({ name, histogram }) => [name, histogram.count, ...COLUMNS.map((column) => ms(histogram[`${column}_us`]))]);
    parts.push(figure(title, await percentilePlot(lines), text,
      table(`${title}, milliseconds`, ['', 'count', 'p50', 'p90', 'p99', 'p99.9', 'most'], rows)));
  }
  return parts.join('\n') || '<p>This run measured no latencies.</p>';
}
