// Where things are: the top of the tree and the two programs that are measured and measure.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const TOP = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const QRGATE = process.env.QRGATE_BINARY || path.join(TOP, 'build/release/bin/qrgate');
export const QRGATE_BENCH = process.env.QRGATE_BENCH_BINARY || path.join(TOP, 'build/release/bin/qrgate-bench');
