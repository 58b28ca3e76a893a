import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { Stock } from '../store/stock/take-stock.ts';
import { stockGauges } from './stock-gauges.ts';

const STOCK: Stock = { tracks: 3, ledgerEntries: 17, rolloutsUnderWay: { running: 2, held: 1 } };

/** The series that are there, without their explanations. */
async function seriesOf(registry: Registry): Promise<readonly string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

test('what is stored is counted when the figures are read, each phase of a rollout by itself', async () => {
  const registry = new Registry();
  stockGauges(registry)(async () => STOCK);
  expect(await seriesOf(registry)).toEqual([
    'sluice_active_rollouts{phase="queued"} 0',
    'sluice_active_rollouts{phase="planned"} 0',
    'sluice_active_rollouts{phase="running"} 2',
    'sluice_active_rollouts{phase="held"} 1',
    'sluice_active_rollouts{phase="promoting"} 0',
    'sluice_active_rollouts{phase="rolling-back"} 0',
    'sluice_active_rollouts{phase="stuck"} 0',
    'sluice_tracks 3',
    'sluice_ledger_entries 17',
  ]);
});

test('however often they are read, the store is asked once in a while', async () => {
  const registry = new Registry();
  let asked = 0;
  stockGauges(registry)(async () => {
    asked += 1;
    return STOCK;
  });
  await Promise.all([seriesOf(registry), seriesOf(registry)]);
  await seriesOf(registry);
  expect(asked).toBe(1);
});

test('a store that does not answer leaves its figures out, and takes no others along', async () => {
  const registry = new Registry();
  const give = stockGauges(registry);
  expect(await seriesOf(registry)).toEqual([]);
  give(async () => STOCK);
  expect(await seriesOf(registry)).toHaveLength(9);
  give(() => Promise.reject(new TypeError('the connection is gone')));
  expect(await seriesOf(registry)).toEqual([]);
});
