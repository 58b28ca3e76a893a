import { expect, it } from 'vitest';
import { answerMail } from './answer-mail.ts';
import { findOrder } from './order-book.ts';

const answered = async (text: string) => {
  const called: string[] = [];
  const answer = await answerMail(
    { text },
    {
      callTool: async (name, given, options = {}) => {
        called.push([name, options.idempotencyKey].filter(Boolean).join(' '));
        return name === 'find-order' ? findOrder(String(given['order'])) : { refund: 'R-1' };
      },
    },
  );
  return { ...answer, called };
};

it.each([
  ['Where is my parcel?', null, []],
  ['Where is A-1?', 'A-1', ['find-order']],
  ['My order A-3 never came', 'A-3', ['find-order', 'refund-order refund-A-3']],
])('answers "%s" with the tools that it needs', async (text, order, called) => {
  expect(await answered(text)).toMatchObject({ order, called });
});
