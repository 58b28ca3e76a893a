import { parseDuration } from '@sluice/core/kernel/duration.ts';
import { parseBytes, parseCpuMillis } from '@sluice/core/kernel/quantity.ts';
import { formatShare, parseShare } from '@sluice/core/kernel/share.ts';
import type { Amount } from '@sluice/core/rollout/strategy-spec.ts';
import { z } from 'zod';
import { expectations } from './expectation.ts';
import { textLeaf } from './leaf.ts';
import { MAX_INSTANCES } from '@sluice/core/kernel/limits.ts';

const within = (value: number | undefined, from: number, to: number): number | undefined =>
  value !== undefined && value >= from && value <= to ? value : undefined;

/** A duration such as `10m`, read as milliseconds; the bounds are written the same way and are part of it. */
export function duration(from: string, to: string) {
  const [fromMs, toMs] = [parseDuration(from) ?? 0, parseDuration(to) ?? Number.MAX_SAFE_INTEGER];
  return textLeaf({
    expects: `a duration from ${from} to ${to}, such as 30s or 10m`,
    pattern: /^(\d+(\.\d+)?(ms|s|m|h|d))+$/,
    parse: (text) => within(parseDuration(text), fromMs, toMs),
  });
}

/** A share such as `5%`, read as basis points. */
export function share(fromBasisPoints: number, toBasisPoints: number) {
  return textLeaf({
    expects: `a share from ${formatShare(fromBasisPoints)} to ${formatShare(toBasisPoints)}, such as 5% or 0.5%`,
    pattern: /^\d+(\.\d{1,2})?%$/,
    parse: (text) => within(parseShare(text), fromBasisPoints, toBasisPoints),
  });
}

/** A fraction, written as `5%` or 0.05. */
export function fraction(from: number, to: number) {
  const fits = (value: number): number | undefined => (value > from && value < to ? value : undefined);
  const expects = `a fraction above ${from} and below ${to}, such as ${example(from, to)} or ${Number((example(from, to) * 100).toPrecision(6))}%`;
  return z
    .union([
      z.number().gt(from).lt(to),
      textLeaf({
        expects,
        pattern: /^\d+(\.\d+)?%$/,
        parse: (text) => fits(Number((Number(text.slice(0, -1)) / 100).toPrecision(12))),
      }),
    ])
    .register(expectations, { expects });
}

const example = (from: number, to: number): number => (from >= 0.5 ? 0.95 : to <= 0.5 ? 0.01 : 0.05);

/** An amount of memory such as `256Mi`, read as bytes. */
export function bytes(from: string, to: string) {
  const [fromBytes, toBytes] = [parseBytes(from) ?? 0, parseBytes(to) ?? Number.MAX_SAFE_INTEGER];
  return textLeaf({
    expects: `a size from ${from} to ${to}, such as 256Mi or 1G`,
    pattern: /^\d+(\.\d+)?(k|M|G|Ki|Mi|Gi)$/,
    parse: (text) => within(parseBytes(text), fromBytes, toBytes),
  });
}

/** Processor time such as `500m` or 1.5 cores, read as thousandths of a core. */
export function cpu() {
  const expects = 'cores or thousandths of a core from 10m to 256, such as 500m or 1.5';
  return z
    .union([
      z
        .number()
        .min(0.01)
        .max(256)
        .transform((cores) => Math.round(cores * 1000)),
      textLeaf({
        expects,
        pattern: /^\d+(\.\d+)?m?$/,
        parse: (text) => within(parseCpuMillis(text), 10, 256_000),
      }),
    ])
    .register(expectations, { expects });
}

/** A number of instances, or a share of them. */
export function amount() {
  const expects = `a number of instances from 0 to ${MAX_INSTANCES}, or a share of them, such as 1 or 25%`;
  return z
    .union([
      z
        .number()
        .int()
        .min(0)
        .max(MAX_INSTANCES)
        .transform((instances): Amount => ({ instances })),
      textLeaf({
        expects,
        pattern: /^\d+(\.\d{1,2})?%$/,
        parse: (text): Amount | undefined => {
          const basisPoints = parseShare(text);
          return basisPoints === undefined ? undefined : { basisPoints };
        },
      }),
    ])
    .register(expectations, { expects });
}
