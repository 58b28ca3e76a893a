import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';

/** Ports that a host may give to instances, both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Used when the command line names no range; outside the range that Linux gives to outgoing connections. */
export const DEFAULT_PORT_RANGE: PortRange = { from: 20_000, to: 29_999 };

/** Reads a range as people write it: `20000-29999`, within 1024 to 65535. */
export function parsePortRange(text: string): Result<PortRange> {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  if (match && from >= 1024 && to <= 65_535 && from <= to) return ok({ from, to });
  return refuse(
    'bad-port-range',
    `The port range '${text}' is not two ports from 1024 to 65535 with the smaller one first.`,
    'Write it like 20000-29999.',
  );
}
