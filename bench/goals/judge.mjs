// What a figure must be, and how a goal's line is made of such figures. Pure: no clock, no process, no file.
// A check is {what, product, peer, ratio, limit, at, met}; a verdict is {id, met, checks, notes}.

const digits = (value) => {
  if (value === undefined || Number.isNaN(value)) return 'unknown';
  const size = Math.abs(value);
  if (size >= 10_000) return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(size >= 1 ? 2 : 3);
};

export const shown = (value, unit = '') => `${digits(value)}${unit ? ` ${unit}` : ''}`;

function check(fields) {
  const { compared, at, limit } = fields;
  if (!Number.isFinite(compared)) throw new Error(`${fields.what}: nothing was measured`);
  return { ...fields, met: at === 'most' ? compared <= limit : compared >= limit };
}

// One figure against a number: `atMost(160)`, `atLeast(…)`.
export function figure(what, product, { atMost, atLeast, unit = '', peer, peer_name = '' }) {
  const at = atMost !== undefined ? 'most' : 'least';
  return check({ what, product, unit, peer, peer_name, ratio: peer ? product / peer : undefined, compared: product, at, limit: atMost ?? atLeast });
}

// A figure as a multiple of the peer's.
export function ratio(what, product, peer, { atMost, atLeast, unit = '', peer_name }) {
  const at = atMost !== undefined ? 'most' : 'least';
  const compared = product / peer;
  return check({ what, product, peer, peer_name, unit, ratio: compared, compared, at, limit: atMost ?? atLeast, relative: true });
}

// Two of the same figure that may differ by so much of the smaller one: 0.1 is 10 %.
export function same(what, one, other, { within, unit = '', peer_name }) {
  const compared = Math.abs(one - other) / Math.min(one, other);
  return check({ what, product: one, peer: other, peer_name, unit, ratio: one / other, compared, at: 'most', limit: within, difference: true });
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const range = (values) => [Math.min(...values), Math.max(...values)];

function checkText({ what, product, peer, peer_name, unit, ratio: times, at, limit, relative, difference, compared }) {
  const sign = at === 'most' ? '≤' : '≥';
  const against = peer === undefined ? '' : ` against ${peer_name} ${shown(peer, unit)}`;
  if (difference) return `${what} ${shown(product, unit)}${against}: apart ${shown(compared * 100)} % (${sign} ${limit * 100} %)`;
  if (relative) return `${what} ${shown(product, unit)}${against}: ratio ${shown(times)} (${sign} ${limit})`;
  return `${what} ${shown(product, unit)}${against}${times === undefined ? '' : `: ratio ${shown(times)}`} (${sign} ${limit}${unit ? ` ${unit}` : ''})`;
}

// A goal without a check was not measured: that is said by throwing where it was noticed.
export function verdict(id, checks, notes = []) {
  if (checks.length === 0) throw new Error('nothing was measured');
  return { id, measured: true, met: checks.every(({ met }) => met), checks, notes };
}

export function notMeasured(id, why) {
  return { id, measured: false, met: false, checks: [], notes: [], why: why.replace(/\s+/g, ' ').trim() };
}

// The one line of a goal. What missed its limit comes first, so that nobody has to look for it.
export function line({ id, measured, met, checks, notes, why }) {
  if (!measured) return `${id} not measured: ${why}`;
  const ordered = [...checks].sort((a, b) => Number(a.met) - Number(b.met));
  return `${id} ${met ? 'pass' : 'short'} ${[...ordered.map(checkText), ...notes].join(' · ')}`;
}

export { checkText };
