import { JSONPath } from 'jsonpath-plus';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { MeasuredResult } from './measurement-ports.ts';

/** Longer paths are no paths but programs. */
const LONGEST_PATH = 500;

/**
 * The first value at a JSONPath, written as Kubernetes has it: in braces, with or without `$` (`{$.data.ok}`, `{.items[0]}`).
 * Filters and scripts are not evaluated: that would run what somebody wrote into a plan inside the control plane.
 * @throws SluiceError `not-found` when nothing is there, `unsupported` for a path that cannot be followed
 */
export function firstAtPath(path: string, body: MeasuredResult): MeasuredResult {
  const inner = /^\s*\{([^{}]*)\}\s*$/.exec(path)?.[1] ?? path;
  const absolute = inner.trim().replace(/^(\$|@)?/, '$');
  const found = search(path, absolute, body);
  const [first] = found;
  if (found.length === 0 || first === undefined)
    throw new SluiceError('not-found', `the answer has nothing at ${path}`, { next: 'retry' });
  return first;
}

function search(path: string, absolute: string, body: MeasuredResult): readonly MeasuredResult[] {
  const refuse = (reason: string): SluiceError =>
    new SluiceError('unsupported', `the JSONPath ${path} cannot be followed: ${reason}`, {
      next: 'ask-human',
    });
  if (/[{}]/.test(absolute)) throw refuse('it has to be one path in one pair of braces');
  if (/\?\(|\[\(/.test(absolute)) throw refuse('filters and scripts are not available');
  if (absolute.length > LONGEST_PATH) throw refuse(`it is longer than ${LONGEST_PATH} characters`);
  try {
    return JSONPath<MeasuredResult[]>({ path: absolute, json: body as object, wrap: true, eval: false });
  } catch (thrown) {
    throw refuse(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
