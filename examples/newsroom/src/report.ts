import { TaskError } from '@sluice/worker/task-error.ts';
import type { Order, Story } from './order.ts';

/** A headline is cut behind so many characters. */
const LINE = 60;

/** Says what an article is about: its title, and its first sentence. */
export function report(order: Order): Story {
  if (order.do !== 'report') throw new TaskError('input', `a reporter does not ${order.do}`);
  const { title, text } = order.article;
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) throw new TaskError('input', `the article '${title}' has no text`);
  const [first = ''] = text.trim().split(/(?<=[.!?])\s/);
  const headline = `${title}: ${first}`;
  return {
    headline: headline.length > LINE ? `${headline.slice(0, LINE - 1)}…` : headline,
    words: words.length,
  };
}
