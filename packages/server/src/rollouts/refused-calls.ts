import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { CheckDestination } from '../outgoing/guarded-outgoing.ts';
import { namedCalls } from './named-calls.ts';
import { type Refused, refusedDestination } from './problems.ts';

/** What stands against the calls that a release would have the control plane make. */
export interface CallsJudged {
  readonly refused?: Refused;
  /** Of hosts that nobody knows now. */
  readonly warnings: readonly string[];
}

/** Somebody waits at a command line; a name that is looked up for longer is one that nobody knows now, in ms. */
const LOOK_UP_WITHIN_MS = 3_000;

/** Judges what would be called, before a release is taken in: later nobody would look, but at evidence that does not come. */
export async function judgeCalls(
  check: CheckDestination,
  components: readonly ComponentSpec[],
): Promise<CallsJudged> {
  const calls = components.flatMap(namedCalls).flatMap(({ of, address }) => {
    const place = address === null ? null : URL.parse(address);
    // A name that holds a revision is not known before there is one; it is judged when it is called.
    if (place === null || !place.host) return [];
    // A user in an address is sent as a header by whoever asks; it is no part of where that goes.
    return [{ of, origin: place.origin }];
  });
  const origins = [...new Set(calls.map(({ origin }) => origin))];
  const outcomes = await Promise.all(
    origins.map(async (origin) => ({ origin, checked: await inTime(check(origin)) })),
  );
  const namedBy = (origin: string): string =>
    [...new Set(calls.filter((call) => call.origin === origin).map(({ of }) => of))].join(', ');
  const refused = outcomes.flatMap(({ origin, checked }) =>
    checked !== null && !checked.ok && checked.refusal.code !== 'unknown-host'
      ? [`${namedBy(origin)}: ${checked.refusal.message}`]
      : [],
  );
  const unknown = outcomes.filter(({ checked }) => checked === null || !checked.ok);
  const warnings = unknown.map(
    ({ origin }) =>
      `${namedBy(origin)}: the control plane does not know the host of ${origin} now; until it does, nothing is asked there.`,
  );
  if (refused.length === 0) return { warnings };
  return {
    refused: refusedDestination(refused.join('\n'), 'Name another address, or have it allowed.'),
    warnings: [],
  };
}

const inTime = <Value>(looking: Promise<Value>): Promise<Value | null> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), LOOK_UP_WITHIN_MS);
  });
  return Promise.race([looking, late]).finally(() => clearTimeout(timer));
};
