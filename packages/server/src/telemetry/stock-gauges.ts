import type { PhaseName } from '@sluice/core/rollout/state.ts';
import { Gauge, type Registry } from 'prom-client';
import type { Stock } from '../store/stock/take-stock.ts';

/** Counts what is there, when somebody reads the figures. */
export type StockReader = () => Promise<Stock>;

/** However many read the figures, the store is asked only so often, in milliseconds. */
const KEPT_MS = 2_000;
/** A store that takes longer has no say in this reading of the figures, in milliseconds. */
const PATIENCE_MS = 2_000;
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
    stock = kept(reader);
  };
}

/** Reads at most once in a while; null when there is no answer. */
function kept(reader: StockReader): () => Promise<Stock | null> {
  let last: { readonly at: number; readonly stock: Promise<Stock | null> } | undefined;
  return () => {
    const at = performance.now();
    if (!last || at - last.at > KEPT_MS) last = { at, stock: inTime(reader) };
    return last.stock;
  };
}

async function inTime(reader: StockReader): Promise<Stock | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, PATIENCE_MS, null);
  // The probe of the store, and the log of the loop, say what is wrong with it.
  const stock = reader().catch(() => null);
  return Promise.race([stock, promise]).finally(() => clearTimeout(timer));
}
