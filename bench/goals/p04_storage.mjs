// P4: the storage against pgbench with the product's own statements and settings, on one database.
import { ratio, shown, verdict } from './judge.mjs';
import { needed } from './run.mjs';

export const goal = {
  id: 'P4',
  title: 'storage throughput',
  goal: 'against pgbench -M prepared -c8 -j2 with the same statements: SELECT ≥ 3 ×, durable confirm ≥ 8 ×; refused when fsync, full_page_writes or synchronous_commit is off',
  async measure(run) {
    // It makes a database of its own with the product's settings, and ends with an error where that one is careless.
    const result = await run.bench('product', 'storage', { seconds: run.pick(1, 2), pairs: run.pick(1, 3) });
    const of = (name) => needed(result, 'figures', name);
    for (const [name, value] of Object.entries(result.figures)) {
      const [, what, group] = /^(confirm|select)_per_s_(\d+)$/.exec(name) ?? [];
      if (group) run.point('group_size', { who: what, group: Number(group), per_second: value });
    }
    const peer_name = 'pgbench';
    return verdict('P4', [
      ratio('SELECT a second', of('select_per_s'), of('pgbench_select_per_s'), { atLeast: 3, peer_name }),
      ratio('durable confirm a second', of('confirm_per_s'), of('pgbench_confirm_per_s'), { atLeast: 8, peer_name }),
    ], [`ratios of SELECT from ${shown(of('select_ratio_lowest'))} to ${shown(of('select_ratio_highest'))}, of confirm from ${shown(of('confirm_ratio_lowest'))} to ${shown(of('confirm_ratio_highest'))}`,
      `fsync ${shown(of('fsync_us') / 1000, 'ms')}; fsync, full_page_writes and synchronous_commit on`]);
  },
};
