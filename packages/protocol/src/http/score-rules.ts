/** What holds of the scores of one attempt, whoever gives them: its worker, a hook, a person. */
export const SCORE_RULES = {
  /** More names than anybody judges; each becomes something that is counted on its own. */
  most: 32,
  name: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
} as const;
