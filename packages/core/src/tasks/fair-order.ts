/**
 * Fair queueing (Golestani's self-clocked variant, 1994), written down when a task comes in, so that a claim is one scan of an
 * index: each task gets a tag in virtual time, the least tag goes first. A flow is what tasks of one fairness key and one
 * priority are; its tags go on by one over its weight, and never from behind what is being served. Whatever waits is served
 * after a bounded amount of other work, so that nothing starves and no task has to be made older by hand.
 */

/** The lowest, the highest and the usual priority. */
export const PRIORITIES = { least: 0, most: 9, usual: 5 } as const;

/**
 * How much more a flow gets per step of priority while others wait too. Few urgent tasks pass everything at once; of many, each
 * step gets twice as much as the step below.
 */
const PRIORITY_FACTOR = 2;

/** The weight of a flow: of its fairness key (1 by default, above 0), and of its priority (1 for the usual one). */
export const flowWeight = (keyWeight: number, priority: number): number =>
  keyWeight * PRIORITY_FACTOR ** (priority - PRIORITIES.usual);

/**
 * The tag of a flow's next task.
 *
 * @param last the tag of its last task; 0 before the first
 * @param served the latest tag that was served in the line: whoever was away has saved up nothing
 */
export const nextTag = (last: number, served: number, weight: number): number =>
  Math.max(last, served) + 1 / weight;
