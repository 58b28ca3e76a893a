import { describe, expect, it } from 'vitest';
import { isCron, isTimeZone, nextMoment } from './language/cron.ts';
import { parseApplication } from './parse-application.ts';

const parse = (agents: string) =>
  parseApplication(
    `application: a\ncomponents:\n  triage: { run: ./work, kind: agents, agents: { ${agents} } }\n`,
    { file: 'sluice.yaml', baseDirectory: '/srv/app' },
  );
const agentsOf = (agents: string) => {
  const outcome = parse(agents);
  expect(outcome).toMatchObject({ ok: true });
  return outcome.ok ? outcome.application.components[0]?.agents : undefined;
};
const moments = (cron: string, from: string, count: number): readonly string[] => {
  const found: string[] = [];
  for (let at = Date.parse(from); found.length < count; ) {
    const next = nextMoment({ cron, timeZone: 'Europe/Berlin' }, at);
    if (next === null) break;
    found.push(new Date(next).toISOString().slice(5, 16));
    at = next;
  }
  return found;
};

it('reads limits of a queue, of every key and of single ones, which have the rest from every key', () => {
  const limits =
    'limits: { running: 50, rate: 600/10m, each-key: { running: 5, waiting: 100 }, keys: { acme: { weight: 3, rate: 2/s } } }';
  expect(agentsOf(limits)?.limits).toEqual({
    queue: { running: 50, rate: { tasks: 600, perMs: 600_000 }, waiting: null },
    eachKey: { running: 5, rate: null, waiting: 100, weight: 1 },
    keys: { acme: { running: 5, rate: { tasks: 2, perMs: 1_000 }, waiting: 100, weight: 3 } },
  });
});

it('reads times, and schedules in the order of their names', () => {
  const agents = agentsOf(
    'timeout: 5m, deadline: 1h, schedules: { b: { cron: "@daily" }, a: { cron: "0 9 * * 1-5", time-zone: Europe/Berlin, overlap: skip, input: { deep: [1] } } }',
  );
  expect(agents).toMatchObject({ timeoutMs: 300_000, deadlineMs: 3_600_000 });
  expect(agents?.schedules).toMatchObject([
    { name: 'a', timeZone: 'Europe/Berlin', overlap: 'skip', missed: 'once', input: { deep: [1] } },
    { name: 'b', cron: '@daily', timeZone: 'UTC', overlap: 'allow', priority: 5, input: null },
  ]);
});

it('says nothing of either where nothing is written, so that revisions stay what they are', () => {
  expect(Object.keys(agentsOf('unfinished: retry') ?? {}).toSorted()).toEqual(['retry', 'unfinished']);
});

it.each([
  ['limits: { rate: 10 }', 'such as 10/s'],
  ['limits: { rate: 10/100ms }', 'such as 10/s'],
  ['limits: { running: 0 }', '1 to 1000000'],
  ['limits: { keys: { acme: { weight: 0 } } }', '0.01 to 1000'],
  ['schedules: { daily: { cron: "61 * * * *" } }', 'a cron expression'],
  ['schedules: { daily: { cron: "0 0 31 2 *" } }', 'that names a moment'],
  ['schedules: { daily: { cron: "@daily", time-zone: Mars/Base } }', 'a time zone such as'],
  ['schedules: { daily: { time-zone: UTC } }', 'needs the key "cron"'],
])('refuses %s', (agents, words) => {
  const outcome = parse(agents);
  const messages = outcome.ok ? [] : outcome.diagnostics.map(({ message }) => message);
  expect(messages.join('\n')).toContain(words);
});

describe('a cron expression', () => {
  it('goes by the clock of its time zone', () => {
    expect(moments('0 9 * * 1-5', '2026-03-27T12:00:00Z', 2)).toEqual(['03-30T07:00', '03-31T07:00']);
  });

  it('happens right after an hour that is left out in spring, and once', () => {
    expect(moments('30 2 * * *', '2026-03-28T12:00:00Z', 2)).toEqual(['03-29T01:00', '03-30T00:30']);
  });

  it('happens in the first of two hours of the same name in autumn, and once', () => {
    expect(moments('30 2 * * *', '2026-10-24T12:00:00Z', 2)).toEqual(['10-25T00:30', '10-26T01:30']);
  });

  it('that names every hour goes on by real time in both', () => {
    expect(moments('0 * * * *', '2026-10-24T23:30:00Z', 3)).toEqual([
      '10-25T00:00',
      '10-25T01:00',
      '10-25T02:00',
    ]);
    expect(moments('0 * * * *', '2026-03-28T23:30:00Z', 3)).toEqual([
      '03-29T00:00',
      '03-29T01:00',
      '03-29T02:00',
    ]);
  });

  it('has five fields, or a name of its own, and names a moment', () => {
    expect(['@hourly', '*/5 * * * *', '0 0 29 2 *'].map(isCron)).toEqual([true, true, true]);
    expect(['', '* * * *', '* * * * * *', ' 0 0 * * *', '0 0 30 2 *', '0 0 * * 8'].map(isCron)).toEqual(
      Array.from({ length: 6 }, () => false),
    );
  });

  it('knows the names of time zones', () => {
    expect(['UTC', 'America/New_York', 'Mars/Base', ''].map(isTimeZone)).toEqual([true, true, false, false]);
  });
});
