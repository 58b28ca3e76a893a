import type { Order } from './order-book.ts';

/** A mail about an order. */
export interface Mail {
  readonly text: string;
}

/** What the agent needs of its context. */
export interface Tools {
  callTool(
    name: string,
    given: Record<string, unknown>,
    options?: { idempotencyKey?: string },
  ): Promise<unknown>;
}

/** What came of a mail. */
export interface Answer {
  readonly order: string | null;
  readonly reply: string;
}

/** Answers a mail: looks the order up, and pays back what was lost. */
export async function answerMail({ text }: Mail, { callTool }: Tools): Promise<Answer> {
  const order = /\b[A-Z]-\d{1,8}\b/.exec(text)?.[0] ?? null;
  if (order === null) return { order, reply: 'Which order is it about?' };
  const { state, euros } = (await callTool('find-order', { order })) as Order;
  if (state !== 'lost') return { order, reply: `Your order is ${state}.` };
  // A later attempt at the same mail is answered with this refund, and makes none of its own.
  const given = { order, euros };
  const { refund } = (await callTool('refund-order', given, { idempotencyKey: `refund-${order}` })) as {
    readonly refund: string;
  };
  return { order, reply: `Your parcel was lost; you get ${euros} euros back (${refund}).` };
}
