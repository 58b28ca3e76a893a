/** A score of results that is judged. */
export interface EvaluationSpec {
  /** As workers, hooks or people name it. */
  readonly name: string;
  /** From 0 to 1: what is below is bad. */
  readonly least: number;
}
