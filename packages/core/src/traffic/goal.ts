/** The measure by which an A/B test is decided: answers below 400 on the goal, per request on the start. */
export interface GoalSpec {
  readonly path: string;
  readonly method: string | null;
  /** Path prefix of the requests that count as trials; `/` for all. */
  readonly from: string;
}
