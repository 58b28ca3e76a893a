import { parseDuration } from '@sluice/core/kernel/duration.ts';
import type { Rate } from '@sluice/core/tasks/rate-limits.ts';
import { decimal, definition, named, optional, record, textLeaf, whole } from './leaf.ts';

/** Beyond it every other limit is met first. */
const MOST = 1_000_000;

/** A rate such as `10/s` or `600/10m`, read as tasks in a time. */
function rate() {
  return textLeaf({
    expects: 'a rate from 1/d to 100000/s, such as 10/s, 90/m or 600/10m',
    pattern: /^\d{1,7}\/(\d+(\.\d+)?)?(s|m|h|d)$/,
    parse: (text): Rate | undefined => {
      const [count = '', span = ''] = text.split('/');
      const perMs = parseDuration(/^\d/.test(span) ? span : `1${span}`) ?? 0;
      const tasks = Number(count);
      const perSecond = (tasks * 1_000) / perMs;
      return tasks >= 1 && perMs >= 1_000 && perMs <= 86_400_000 && perSecond <= 100_000
        ? { tasks, perMs }
        : undefined;
    },
  });
}

const limitKeys = () => ({
  running: optional(whole(1, MOST), {
    meaning: 'Most tasks that workers have at the same time, over all servers and revisions.',
    otherwise: 'as many as the workers take',
    example: 50,
  }),
  rate: optional(rate(), {
    meaning:
      "How fast tasks begin, tries again included, over all servers; after a pause a second's worth may begin at once.",
    otherwise: 'as fast as the workers take them',
    example: '10/s',
  }),
  waiting: optional(whole(1, MOST), {
    meaning: 'Most tasks that wait; what comes beyond it is refused, with the time after which to try again.',
    otherwise: `${MOST} in a queue, whoever they are of`,
    example: 10_000,
  }),
});

const keyShape = () => ({
  ...limitKeys(),
  weight: optional(decimal(0.01, 1_000), {
    meaning:
      'Its share of the workers beside other keys while all have work: 3 gets three times as much as 1.',
    default: 1,
  }),
});

const keyLimits = definition(
  'key-limits',
  'What holds for one fairness key, which is usually a customer.',
  record(keyShape()),
);

/** A fairness key as people write it. */
const fairnessKey = () =>
  textLeaf({
    expects: 'a fairness key of 1 to 200 characters',
    pattern: /^[^\0]{1,200}$/,
    parse: (text) => text,
  });

/** How much of an agents component there may be. */
export const limitsLanguage = definition(
  'agent-limits',
  'How much of the tasks of a component there may be. What holds is written in the revision that is given the tasks.',
  record({
    ...limitKeys(),
    'each-key': optional(keyLimits, {
      meaning: 'What holds for each fairness key; tasks without one are a key as well.',
      example: { running: 5, rate: '10/s' },
    }),
    keys: optional(named(fairnessKey(), keyLimits, 'a mapping from fairness keys to what holds for them'), {
      meaning: 'What holds for single keys; what one leaves out, it has from each-key.',
      example: { acme: { weight: 3, running: 20 } },
    }),
  }),
);
