import { z } from 'zod';

/** Where an order stands. */
export const orderSchema = z.object({
  order: z.string(),
  state: z.enum(['packed', 'sent', 'delivered', 'lost']),
  euros: z.number(),
});
/** An order of the shop. */
export type Order = z.infer<typeof orderSchema>;

const STATES = orderSchema.shape.state.options;

/** The order of a number, made of its digits, so that it is the same each time; null for a number of another form. */
export function findOrder(order: string): Order | null {
  const digits = /^[A-Z]-(\d{1,8})$/.exec(order)?.[1];
  if (digits === undefined) return null;
  const number = Number(digits);
  return { order, state: STATES[number % STATES.length] ?? 'packed', euros: 10 + (number % 90) };
}
