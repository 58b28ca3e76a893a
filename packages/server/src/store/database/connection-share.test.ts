import { expect, test } from 'vitest';
import { ConnectionShare } from './connection-share.ts';

test('places are given in the order in which they were asked for, and whoever gave up is passed over', async () => {
  const share = new ConnectionShare(1);
  await share.enter(10_000);
  const order: string[] = [];
  const enter = (name: string, timeoutMs = 10_000) => share.enter(timeoutMs).then(() => order.push(name));
  const first = enter('first');
  const impatient = enter('impatient', 0);
  const second = enter('second');
  await expect(impatient).rejects.toMatchObject({ code: 'exhausted', next: 'retry' });
  share.leave();
  await first;
  expect(order).toEqual(['first']);
  share.leave();
  await second;
  share.leave();
  await share.enter(0);
  expect(order).toEqual(['first', 'second']);
});
