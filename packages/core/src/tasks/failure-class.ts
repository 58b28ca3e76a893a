/**
 * What kind of failure a worker tells, or the server finds. It decides whether a task is tried again; every one counts
 * against the revision that ran it, because tasks are dealt to revisions by chance and what is not their fault hits both.
 */
export type FailureClass =
  /** The task itself is wrong: nobody can do it. */
  | 'input'
  /** Something outside failed and may work the next time. */
  | 'transient'
  /** Somebody asked for fewer requests. */
  | 'rate-limited'
  /** It took longer than it may. */
  | 'timeout'
  /** A tool failed. */
  | 'tool'
  /** The model failed, or what it said could not be used. */
  | 'model'
  /** A hook or a policy forbade it. */
  | 'refused'
  /** The worker's program failed, or broke down. */
  | 'crash'
  /** Nothing was heard of the worker any more. */
  | 'lost';

/** All of them, for schemas and for people. */
export const FAILURE_CLASSES: readonly FailureClass[] = [
  'input',
  'transient',
  'rate-limited',
  'timeout',
  'tool',
  'model',
  'refused',
  'crash',
  'lost',
];

/** What is tried again unless a component says otherwise: what may go well the next time. */
export const RETRIED_BY_DEFAULT: readonly FailureClass[] = [
  'transient',
  'rate-limited',
  'timeout',
  'tool',
  'model',
  'crash',
  'lost',
];
