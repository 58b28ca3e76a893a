import { z } from 'zod';

const instanceNumbers = z.array(z.int().min(0).max(100_000)).max(1_000);

/**
 * Says which instances a revision of agents has, beyond what was ordered. Fewer than ordered are made up by others, unless the
 * pool sleeps.
 */
export const poolOrderSchema = z.strictObject({
  /** Grows with each change. */
  sequence: z.int().positive(),
  /** Those that run. */
  run: instanceNumbers,
  /** Those that were told to leave: each runs until it ends by itself, and is not started again. */
  leave: instanceNumbers,
  /** There may be fewer than ordered, or none. */
  isAsleep: z.boolean(),
});
export type PoolOrder = z.infer<typeof poolOrderSchema>;

/** What the processes of each instance use. */
export const instanceUsageSchema = z.strictObject({
  instances: z.array(
    z.strictObject({
      instance: z.int().min(0),
      /** Resident memory; pages that processes share are counted once. */
      bytes: z.int().min(0),
      /** Thousandths of a processor since the last look, or since it was started. */
      cpuMillis: z.int().min(0),
    }),
  ),
});
export type InstanceUsage = z.infer<typeof instanceUsageSchema>;
