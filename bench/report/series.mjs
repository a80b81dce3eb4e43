// The two plots over a size: memory against number waiting, throughput against group size.
import { figure, table } from './html.mjs';
import { linePlot } from './plots.mjs';

function byName(points, x, y) {
  const lines = new Map();
  for (const point of points) lines.set(point.who, [...(lines.get(point.who) ?? []), { x: point[x], y: point[y] }]);
  return [...lines].map(([name, some]) => ({ name, points: some.sort((a, b) => a.x - b.x) }));
}

const MIB = 2 ** 20;

export async function memorySection(points = []) {
  if (points.length === 0) return '<p>This run measured no memory.</p>';
  const scaled = points.map((point) => ({ ...point, mib: point.private_bytes / MIB }));
  const svg = await linePlot(byName(scaled, 'waiting', 'mib'), { title: 'browsers waiting', zero: true }, { title: 'MiB of private memory', zero: true });
  const rows = scaled.map(({ who, waiting, mib }) => [who, waiting, mib.toFixed(1)]);
  return figure('Memory against number waiting', svg, 'Private memory of the server process (user space) while so many browsers wait.',
    table('Memory against number waiting', ['', 'browsers waiting', 'MiB'], rows));
}

export async function groupSection(points = []) {
  if (points.length === 0) return '<p>This run measured no group sizes.</p>';
  const svg = await linePlot(byName(points, 'group', 'per_second'), { title: 'statements under way at once', log: true, values: [1, 2, 4, 8, 16, 32, 64, 128, 256] }, { title: 'a second', zero: true });
  const rows = points.map(({ who, group, per_second }) => [who, group, Math.round(per_second)]);
  return figure('Throughput against group size', svg, 'Statements a second through the storage, by how many are under way and can share one Sync (one durable write); a group holds at most 64.',
    table('Throughput against group size', ['', 'under way', 'a second'], rows));
}
