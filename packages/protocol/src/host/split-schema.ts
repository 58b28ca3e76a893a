import { z } from 'zod';

const condition = z.strictObject({
  on: z.enum(['header', 'cookie', 'path']),
  name: z.string().optional(),
  equals: z.string().optional(),
  prefix: z.string().optional(),
  oneOf: z.array(z.string()).optional(),
});
const weight = z.strictObject({ revision: z.string(), basisPoints: z.int().min(0).max(10_000) });

/** Where a sticky key comes from; see `StickyKey` in core. */
export const stickyKeySchema = z.union([
  z.strictObject({ by: z.literal('header'), name: z.string() }),
  z.strictObject({ by: z.literal('cookie'), name: z.string() }),
  z.strictObject({ by: z.literal('address') }),
]);

/** A split on the wire; see `Split` in core. */
export const splitSchema = z.strictObject({
  weights: z.array(weight),
  matches: z.array(z.strictObject({ conditions: z.array(condition), revision: z.string() })),
  mirror: weight.nullable(),
  sticky: stickyKeySchema.nullable(),
  salt: z.string(),
});
