// The plots of the report, as SVG text made by Vega without a browser. Colours are the page's own variables, so that
// light and dark follow it; every series has its own dash as well, so that none depends on colour.
import vega from './vega.mjs';

const DASHES = [[1, 0], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 5]];
const COLOURS = DASHES.map((_, at) => `var(--line-${at})`);
const INK = 'currentColor';
const FAINT = 'var(--faint)';
const WIDTH = 620;
const HEIGHT = 280;

const AXIS = {
  domainColor: INK, tickColor: INK, labelColor: INK, titleColor: INK, gridColor: FAINT, grid: true, labelFontSize: 12,
  titleFontSize: 13, titleFontWeight: 'normal', labelFont: 'inherit', titleFont: 'inherit', labelOverlap: true,
};

// lines: [{name, points: [{x, y}]}]. x and y: {title, log, values, labels, zero}.
function specification(lines, x, y) {
  const rows = lines.flatMap(({ name, points }) => points.map((point) => ({ name, ...point })));
  const scale = (name, axis, range) => ({
    name, type: axis.log ? 'log' : 'linear', domain: { data: 'rows', field: name }, range, nice: !axis.values, zero: axis.zero ?? false,
  });
  const names = lines.map(({ name }) => name);
  return {
    width: WIDTH, height: HEIGHT, padding: 6, autosize: { type: 'pad', contains: 'padding' }, background: null,
    data: [{ name: 'rows', values: rows }],
    scales: [
      scale('x', x, 'width'), scale('y', y, 'height'),
      { name: 'colour', type: 'ordinal', domain: names, range: COLOURS },
      { name: 'dash', type: 'ordinal', domain: names, range: DASHES },
    ],
    axes: [
      { ...AXIS, orient: 'bottom', scale: 'x', title: x.title, ...(x.values && { values: x.values }), ...(x.labels && { encode: { labels: { update: { text: { signal: x.labels } } } } }) },
      { ...AXIS, orient: 'left', scale: 'y', title: y.title, format: y.format ?? (y.log ? '.2~f' : ',.4~r'), tickCount: 6 },
    ],
    legends: [{ stroke: 'colour', strokeDash: 'dash', symbolType: 'stroke', symbolSize: 900, symbolStrokeWidth: 2.5, orient: 'bottom', columns: 2, labelColor: INK, labelFontSize: 12, labelFont: 'inherit', labelLimit: 300 }],
    marks: [{
      type: 'group', from: { facet: { name: 'one', data: 'rows', groupby: 'name' } },
      marks: [
        { type: 'line', from: { data: 'one' }, encode: { update: { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'y' }, stroke: { scale: 'colour', field: 'name' }, strokeDash: { scale: 'dash', field: 'name' }, strokeWidth: { value: 2.2 } } } },
        ...(rows.length < 60 ? [{ type: 'symbol', from: { data: 'one' }, encode: { update: { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'y' }, fill: { scale: 'colour', field: 'name' }, size: { value: 34 } } } }] : []),
      ],
    }],
  };
}

export async function linePlot(lines, x, y) {
  const view = new vega.View(vega.parse(specification(lines, x, y)), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace(/ (font-family)="[^"]*"/g, '');
}

// One point for each step of a histogram: which part of all took longer than it. x is 1 / that part, so that the
// percentiles 90, 99, 99.9 stand at 10, 100, 1000.
export function percentilePoints(histogram) {
  const points = [];
  let seen = 0;
  for (const [upper_us, count] of histogram.steps) {
    seen += count;
    const above = histogram.count - seen;
    // The slowest one has nothing above it: it is drawn at its own rank.
    const x = histogram.count / Math.max(above, 1);
    if (x >= 1 && count > 0) points.push({ x, y: Math.max(upper_us, 1) / 1000 });
  }
  return points.length > 400 ? points.filter((_, at) => at % Math.ceil(points.length / 400) === 0 || at === points.length - 1) : points;
}

const PERCENTILES = {
  title: 'percentile (log scale of what is slower)', log: true, values: [1, 2, 10, 100, 1000, 10_000, 100_000],
  labels: "datum.value <= 1 ? '0' : format(100 - 100 / datum.value, '.6~f')",
};

export const percentilePlot = (histograms) => linePlot(
  histograms.map(({ name, histogram }) => ({ name, points: percentilePoints(histogram) })), PERCENTILES, { title: 'milliseconds', log: true });
