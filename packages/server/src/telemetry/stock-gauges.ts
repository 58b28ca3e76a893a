import type { PhaseName } from '@sluice/core/rollout/state.ts';
import { Gauge, type Registry } from 'prom-client';
import { keptReading } from './kept-reading.ts';
import type { Stock } from '../store/stock/take-stock.ts';

/** Counts what is there, when somebody reads the figures. */
export type StockReader = () => Promise<Stock>;

/** The phases of rollouts that have not ended. */
const UNDER_WAY: readonly Exclude<PhaseName, 'succeeded' | 'rolled-back'>[] = [
  'queued',
  'planned',
  'running',
  'held',
  'promoting',
  'rolling-back',
  'stuck',
];

/**
 * Makes the gauges of what is stored. They say nothing before they are given a reader, and while the store does not
 * answer: no figure is better than an old one.
 * @returns takes the reader
 */
export function stockGauges(registry: Registry): (reader: StockReader) => void {
  const registers = [registry];
  let stock: () => Promise<Stock | null> = async () => null;
  new Gauge({
    name: 'sluice_active_rollouts',
    help: 'Rollouts that have not ended, by phase.',
    labelNames: ['phase'],
    registers,
    async collect() {
      const counted = await stock();
      this.reset();
      for (const phase of counted ? UNDER_WAY : [])
        this.set({ phase }, counted?.rolloutsUnderWay[phase] ?? 0);
    },
  });
  const single = (name: string, help: string, count: (stock: Stock) => number) =>
    new Gauge({
      ...{ name, help, registers },
      async collect() {
        const counted = await stock();
        if (counted) this.set(count(counted));
        else this.remove();
      },
    });
  single('sluice_tracks', 'Components that are known, each in one environment.', ({ tracks }) => tracks);
  single('sluice_ledger_entries', 'Length of the ledger.', ({ ledgerEntries }) => ledgerEntries);
  return (reader) => {
    stock = keptReading<Stock | null>(reader, null);
  };
}
