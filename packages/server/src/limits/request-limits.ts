import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';

/** What of requests is counted apart. */
export type RateKind = 'reads' | 'changes' | 'work' | 'sign-ins' | 'guesses';
/** What of requests that are being answered is counted apart. */
export type FlightKind = 'requests' | 'work' | 'streams';

/** The most of something: for one caller, and for an organisation as a whole. */
export interface Most {
  readonly caller: number;
  /** Null: an organisation is not counted. */
  readonly organisation: number | null;
}

/** What one server allows; null allows everything. */
export interface RequestLimits {
  /** A second, over time; at once the ten seconds' worth. */
  readonly rates: Readonly<Record<RateKind, Most | null>>;
  /** At the same time. */
  readonly inFlight: Readonly<Record<FlightKind, Most | null>>;
}

/**
 * Far above what a person, a dashboard or a pipeline does, and around what one server manages on two cores (the benchmark of
 * the API), so that what they stop is a loop that got out of hand. Sign-ins and guesses are counted by address.
 */
export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  rates: {
    reads: { caller: 1000, organisation: 4000 },
    changes: { caller: 500, organisation: 2000 },
    work: { caller: 5000, organisation: 20_000 },
    'sign-ins': { caller: 5, organisation: null },
    guesses: { caller: 2, organisation: null },
  },
  inFlight: {
    requests: { caller: 250, organisation: 1000 },
    work: { caller: 2000, organisation: 8000 },
    streams: { caller: 25, organisation: 100 },
  },
};

/**
 * Reads `reads=200/800,changes=none`: of each kind the most for a caller and, after the slash, for an organisation, which is
 * four times as much where it is not said; `none` alone lifts every limit. What is not named stays as it is.
 */
export function parseLimits<Kind extends string>(
  text: string,
  defaults: Readonly<Record<Kind, Most | null>>,
): Result<Readonly<Record<Kind, Most | null>>> {
  const limits: Record<Kind, Most | null> = { ...defaults };
  const kinds = Object.keys(defaults) as Kind[];
  if (text.trim() === 'none') {
    for (const kind of kinds) limits[kind] = null;
    return ok(limits);
  }
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [name = '', value = ''] = part.split('=');
    const kind = kinds.find((known) => known === name);
    if (kind === undefined) return wrong(`"${part}" names none of ${kinds.join(', ')}`);
    const most = mostIn(value, defaults[kind]?.organisation !== null);
    if (most === undefined) return wrong(`"${part}" is not of the form ${kind}=50/200 or ${kind}=none`);
    limits[kind] = most;
  }
  return ok(limits);
}

/** Of an organisation, when only that of a caller is said. */
const CALLERS_OF_ORGANISATION = 4;

function mostIn(value: string, isOfOrganisation: boolean): Most | null | undefined {
  if (value === 'none') return null;
  const [, caller, organisation] = /^(\d{1,9})(?:\/(\d{1,9}))?$/.exec(value) ?? [];
  if (caller === undefined || Number(caller) === 0 || Number(organisation) === 0) return undefined;
  if (!isOfOrganisation) return { caller: Number(caller), organisation: null };
  return {
    caller: Number(caller),
    organisation:
      organisation === undefined ? Number(caller) * CALLERS_OF_ORGANISATION : Number(organisation),
  };
}

const wrong = (fault: string): Result<never> =>
  refuse('bad-limits', fault, 'Name kinds with a whole number from 1, for a caller and for an organisation.');
