import { type NamedResource, Refusal, conflict, forbidden, staleVersion } from '../server/refusal.ts';
import type { FaultAction, FaultMatch, FaultOrder, FaultSubject, OrderedFault } from './fault.ts';

/** The faults of a cluster, in the order in which they were ordered; the first that fits a request counts. */
export class Faults {
  readonly #standing: Standing[] = [];

  /** Orders a fault. */
  add(order: FaultOrder): OrderedFault {
    const standing = new Standing(order);
    this.#standing.push(standing);
    return {
      get met() {
        return standing.met;
      },
      remove: () => this.#drop(standing),
    };
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.#standing.length = 0;
  }

  /** The fault that a request meets, or undefined; it counts as met. */
  take(subject: FaultSubject): FaultAction | undefined {
    const found = this.#standing.find((one) => one.fits(subject));
    if (found === undefined) return undefined;
    found.met += 1;
    if (found.met >= found.times) this.#drop(found);
    return found.action;
  }

  /** Whether any fault stands, so that the usual case costs nothing. */
  get any(): boolean {
    return this.#standing.length > 0;
  }

  #drop(standing: Standing): void {
    const at = this.#standing.indexOf(standing);
    if (at >= 0) this.#standing.splice(at, 1);
  }
}

class Standing {
  met = 0;
  readonly action: FaultAction;
  readonly times: number;
  readonly #match: FaultMatch;

  constructor({ match = {}, action, times = Number.POSITIVE_INFINITY }: FaultOrder) {
    this.#match = match;
    this.action = action;
    this.times = times;
  }

  fits(subject: FaultSubject): boolean {
    const { verb, ...others } = this.#match;
    if (verb !== undefined && ![verb].flat().includes(subject.verb)) return false;
    return Object.entries(others).every(
      ([key, wanted]) => wanted === undefined || subject[key as keyof FaultSubject] === wanted,
    );
  }
}

/** The refusal that an action stands for, or undefined where it is no refusal. */
export function refusalOf(action: FaultAction, subject: FaultSubject): Refusal | undefined {
  const named: NamedResource = { group: subject.group, resource: subject.resource, kind: '' };
  switch (action.kind) {
    case 'too-many-requests':
      return tooMany(action.retryAfterSeconds ?? 1);
    case 'conflict':
      return conflict(subject.group, subject.resource, subject.name, staleVersion);
    case 'error':
      return serverError(
        action.status ?? 500,
        action.message ?? 'the fake was told to fail',
        action.retryAfterSeconds,
      );
    case 'webhook-refusal':
      return webhookRefusal(action.webhook, action.message, action.status ?? 403);
    case 'quota': {
      const { quota, resource, limit } = action;
      const why = `exceeded quota: ${quota}, requested: ${resource}=1, used: ${resource}=${limit}, limited: ${resource}=${limit}`;
      return forbidden(named, subject.name, why);
    }
    default:
      return undefined;
  }
}

function tooMany(seconds: number): Refusal {
  const message = 'the server has received too many requests and has asked us to try again later';
  return new Refusal(
    429,
    'TooManyRequests',
    message,
    { retryAfterSeconds: seconds },
    { 'retry-after': String(seconds) },
  );
}

const reasons: Readonly<Record<number, string>> = {
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function serverError(status: number, message: string, seconds: number | undefined): Refusal {
  const headers: Record<string, string> = seconds === undefined ? {} : { 'retry-after': String(seconds) };
  const details = seconds === undefined ? {} : { retryAfterSeconds: seconds };
  return new Refusal(status, reasons[status] ?? 'InternalError', message, details, headers);
}

/** As a validating webhook's answer is passed on: its own status, with the webhook's name before its words. */
function webhookRefusal(webhook: string, why: string, status: number): Refusal {
  return new Refusal(
    status,
    status === 403 ? 'Forbidden' : 'BadRequest',
    `admission webhook "${webhook}" denied the request: ${why}`,
  );
}
