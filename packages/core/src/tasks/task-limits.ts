/** Sizes that no task may exceed; what is larger is passed by reference. */
export const TASK_LIMITS = {
  /** Input and result of a task, in bytes of JSON. */
  payloadBytes: 256 * 1024,
  /** Tasks of one request. */
  batch: 1_000,
  /** Tasks of one component that have not ended; beyond it a submit is refused with the reason. */
  waiting: 1_000_000,
} as const;
