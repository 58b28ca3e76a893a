import { setTimeout as wait } from 'node:timers/promises';

/** Waits until a condition holds, and gives what it gave; fails with what was seen last when it never does. */
export async function until<Value>(
  look: () => Value | undefined | false | null | Promise<Value | undefined | false | null>,
  what: string,
  seen: () => unknown = () => '',
): Promise<Value> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > deadline)
      throw new Error(`never came: ${what}; last seen: ${JSON.stringify(await seen())}`);
    await wait(10);
  }
}
