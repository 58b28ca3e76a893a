import type { z } from 'zod';

/** One thing that is wrong with a request. */
export interface RequestFault {
  /** A JSON pointer (RFC 6901) into `{ body, query, path, headers }`. */
  readonly pointer: string;
  readonly detail: string;
}

/** Faults after which nobody reads on. */
const MOST_FAULTS = 100;

const PARTS: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' };

/** Turns what the schema says into faults, one per unknown key and one per wrong value; at most 100. */
export function requestFaults(issues: readonly z.core.$ZodIssue[], context: string): RequestFault[] {
  const part = PARTS[context] ?? context;
  return issues.flatMap((issue) => faultsOf(issue, [part])).slice(0, MOST_FAULTS);
}

function faultsOf(issue: z.core.$ZodIssue, base: readonly string[]): RequestFault[] {
  const path = [...base, ...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: pointer([...path, key]), detail: 'is not known here' }));
  }
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [{ pointer: pointer(path), detail: isMissing ? 'is missing' : sentence(issue.message) }];
}

/** `Too big: expected number to be <=10000` becomes `too big: expected number to be <=10000`. */
const sentence = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1);

const pointer = (path: readonly string[]): string =>
  path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
