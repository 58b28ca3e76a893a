/** What the command line ends with; scripts may rely on these numbers. */
export const EXIT = {
  ok: 0,
  failed: 1,
  refusedInput: 2,
  rolledBack: 3,
  timedOut: 4,
  unreachable: 5,
  refusedByState: 6,
  needsPerson: 7,
  interrupted: 130,
} as const;

/** One of the numbers in `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The numbers in the order in which they are documented, and what each means. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'It is done; with `--wait`, every rollout, or the task, succeeded.'],
  [
    EXIT.failed,
    'It failed unexpectedly, a check such as `ledger verify` found a fault, or a task that was waited for did not succeed.',
  ],
  [EXIT.refusedInput, 'The command line or the file is wrong; nothing was changed.'],
  [EXIT.rolledBack, 'The rollout that was waited for was taken back.'],
  [EXIT.timedOut, 'The time to wait was over; what was asked for goes on.'],
  [EXIT.unreachable, 'The control plane does not answer, or a cluster that the release is for.'],
  [EXIT.refusedByState, 'The present state does not allow it, or there is no such thing.'],
  [EXIT.needsPerson, 'The rollout that was waited for is stuck and needs a person.'],
  [
    EXIT.interrupted,
    'It was interrupted with Ctrl-C; what was asked for goes on. Whatever watches or follows ends so.',
  ],
];
