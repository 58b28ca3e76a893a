import { TaskError } from '@sluice/worker/task-error.ts';
import type { TaskContext } from '@sluice/worker/task.ts';
import type { Order, Story } from './order.ts';

/** What of a task's context an editor needs. */
export type Desk = Pick<TaskContext, 'delegate' | 'log'>;

/** Makes a page, or has it made; takes one back. */
export function edit(order: Order, desk: Desk): unknown {
  switch (order.do) {
    case 'plan':
      return plan(order, desk);
    case 'page':
      return page(order.title, order.stories);
    case 'withdraw':
      void desk.log(`withdrawn: ${JSON.stringify(order.page)}`);
      return { withdrawn: true };
    case 'report':
      throw new TaskError('input', 'an editor does not report');
  }
}

/** The reporters work, and an editor goes on when all of them have ended; no editor's place is held meanwhile. */
async function plan(
  { title, articles }: Extract<Order, { do: 'plan' }>,
  { delegate }: Desk,
): Promise<unknown> {
  const reports = articles.map((article, at) => ({
    name: `report-${at + 1}`,
    agent: 'newsroom/local/reporter',
    input: { do: 'report', article } satisfies Order,
  }));
  return delegate(reports, {
    join: 'settled',
    input: { do: 'page', title, stories: reports.map(({ name }) => ({ $result: name })) },
  });
}

/** A report that failed has left null. */
function page(title: string, stories: readonly (Story | null)[]) {
  const written = stories.filter((story) => story !== null);
  if (written.length === 0) throw new TaskError('input', 'there is no story for the page');
  return {
    page: [title.toUpperCase(), ...written.map(({ headline, words }) => `- ${headline} (${words} words)`)],
    missing: stories.length - written.length,
  };
}
