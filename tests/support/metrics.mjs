// What the server counts of itself (/metrics of its admin listener), as text.
export async function metricsOf(server) {
  return (await fetch(`http://127.0.0.1:${server.admin_port}/metrics`)).text();
}

// The sum of the lines that match.
export async function metricSum(server, pattern) {
  const lines = (await metricsOf(server)).split('\n').filter((line) => pattern.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

// A counter by its only label: {scan: 3, …}.
export async function metricByLabel(server, name) {
  const lines = (await metricsOf(server)).matchAll(new RegExp(`^${name}\\{\\w+="([^"]+)"\\} (\\d+)`, 'gm'));
  return Object.fromEntries([...lines].map(([, label, count]) => [label, Number(count)]));
}
