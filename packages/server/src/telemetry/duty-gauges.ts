import { Gauge, type Registry } from 'prom-client';
import type { OpenDuties } from '../store/stock/open-duties.ts';
import { keptReading } from './kept-reading.ts';

/** Counts what is still to be done. */
export type DutiesReader = () => Promise<OpenDuties>;

const GAUGES: readonly (readonly [string, string, keyof OpenDuties])[] = [
  [
    'sluice_ledger_unsigned_entries',
    'Entries of the ledger that no signed head covers yet.',
    'unsignedEntries',
  ],
  [
    'sluice_ledger_unsigned_seconds',
    'For how long the oldest entry that no signed head covers has waited; 0 when all are covered.',
    'unsignedSeconds',
  ],
  [
    'sluice_delivery_overdue_seconds',
    'For how long the oldest notice has waited beyond the moment at which it was due; 0 when none waits.',
    'overdueSeconds',
  ],
  [
    'sluice_channels_disabled',
    'Channels that were switched off because their receiver said so.',
    'disabledChannels',
  ],
];

/**
 * Makes the gauges of what is still to be done. They say nothing before they are given a reader, and while the store
 * does not answer.
 *
 * @returns takes the reader
 */
export function dutyGauges(registry: Registry): (reader: DutiesReader) => void {
  let read: () => Promise<OpenDuties | null> = async () => null;
  const registers = [registry];
  for (const [name, help, key] of GAUGES)
    new Gauge({
      ...{ name, help, registers },
      async collect() {
        const duties = await read();
        if (duties) this.set(duties[key]);
        else this.remove();
      },
    });
  new Gauge({
    name: 'sluice_deliveries',
    help: 'Notices to channels that wait to be delivered, and that were given up in the last 24 hours.',
    labelNames: ['state'],
    registers,
    async collect() {
      const duties = await read();
      this.reset();
      if (!duties) return;
      this.set({ state: 'waiting' }, duties.waitingDeliveries);
      this.set({ state: 'dead' }, duties.deadDeliveries);
    },
  });
  return (reader) => {
    read = keptReading<OpenDuties | null>(reader, null);
  };
}
