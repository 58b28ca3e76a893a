import { setTimeout as delay } from 'node:timers/promises';
import {
  idleTrack,
  sampleEvent,
  sampleRollout,
  sampleTrack,
} from '@sluice/protocol/http/testing/sample-views.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestCli, terminal, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

describe('status', () => {
  test('of one track it shows all', async () => {
    const { code, stdout } = await cli.run('status');
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('golden/status.txt');
  });

  test('of several it shows a table, and below it what is on its way', async () => {
    cli.plane.put(idleTrack({ id: 'storefront/staging/web', environment: 'staging' }));
    await expect((await cli.run('status')).stdout).toMatchFileSnapshot('golden/status-of-several.txt');
  });

  test('where the locale has no UTF-8 it keeps to ASCII', async () => {
    const { stdout } = await cli.run('status', { environment: { LANG: 'C' } });
    expect(stdout).toMatch(/^[\n -~]*$/);
    await expect(stdout).toMatchFileSnapshot('golden/status-in-ascii.txt');
  });

  test('before the first release it says what to do', async () => {
    const empty = await testCli([]);
    const { code, stdout } = await empty.run('status');
    await empty.close();
    expect(code).toBe(0);
    expect(stdout).toContain('`sluice deploy -f sluice.yaml` makes the first release');
  });

  test('--watch in a pipe prints what changes, until Ctrl-C', async () => {
    const interruption = new AbortController();
    const { code, stdout } = await cli.run('status --watch', {
      interrupted: interruption.signal,
      onWait: (times) => {
        if (times === 2) cli.plane.put(idleTrack());
        if (times === 4) interruption.abort();
      },
    });
    expect(code).toBe(130);
    await expect(stdout).toMatchFileSnapshot('golden/status-watch.txt');
  });

  test('--watch --json prints one document a line, only when something changes', async () => {
    const interruption = new AbortController();
    const { stdout } = await cli.run('status --watch --json', {
      interrupted: interruption.signal,
      onWait: (times) => {
        if (times === 2) cli.plane.put(idleTrack());
        if (times === 4) interruption.abort();
      },
    });
    const documents = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { items: { active: unknown }[] });
    expect(documents.map(({ items }) => items[0]?.active === null)).toEqual([false, true]);
  });

  test('--watch in a terminal follows a change of its size', async () => {
    const seen = terminal(120, 40);
    const interruption = new AbortController();
    await cli.run('status --watch', {
      terminal: seen,
      interrupted: interruption.signal,
      onWait: (times) => {
        if (times === 1) seen.resize(50, 40);
        if (times === 2) {
          expect(Math.max(...seen.lines().map((line) => line.length))).toBeLessThanOrEqual(50);
          expect(seen.lines()[0]).toMatch(/^storefront/);
          interruption.abort();
        }
      },
    });
    expect(seen.cursorIsHidden).toBe(false);
  });
});

describe('explain, history, report, ledger and logs', () => {
  test('explain says it in words', async () => {
    await expect((await cli.run('explain')).stdout).toMatchFileSnapshot('golden/explain.txt');
    expect((await cli.json('explain')).document).toMatchObject({
      track: 'storefront/production/web',
      next: 'shift to 25%',
    });
  });

  test('history lists rollouts, newest first', async () => {
    cli.plane.putRollout(
      sampleRollout({
        id: 'ro-1',
        number: 1,
        version: 'v1',
        phase: 'rolled-back',
        outcome: 'rolled-back',
        finishedAt: 1_768_478_500_000,
        reason: { kind: 'limit', detail: 'p95 above 200 ms' },
      }),
    );
    const { stdout } = await cli.run('history', { environment: { TZ: 'UTC' } });
    await expect(stdout.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'a moment ago......')).toMatchFileSnapshot(
      'golden/history.txt',
    );
    expect((await cli.json('history --limit 1')).document).toMatchObject({ items: [{ id: 'ro-2' }] });
  });

  test('report prints Markdown for people and JSON for programs', async () => {
    expect((await cli.run('report ro-2')).stdout).toBe('# v2 running\n');
    expect((await cli.run('report')).stdout).toBe('# v2 running\n');
    expect((await cli.json('report ro-2')).document).toEqual({
      rollout: 'ro-2',
      version: 'v2',
      outcome: 'running',
    });
    expect((await cli.run('report ro-9')).code).toBe(6);
  });

  test('ledger lists entries, and verify reads the chain', async () => {
    expect((await cli.run('ledger')).stdout).toMatch(
      /ENTRY +AT +BY +DID +TO +HASH\n +2 .* ada  rolloutRequested/,
    );
    expect(await cli.run('ledger verify')).toMatchObject({
      code: 0,
      stdout: '✔ 2 entries follow one from the other.\n',
    });
    expect((await cli.json('ledger verify')).document).toMatchObject({ intact: true });
  });

  test('logs prints the last lines', async () => {
    expect((await cli.run('logs --revision v2 --tail 2')).stdout).toBe('v2 line 3\nv2 line 4\n');
    expect((await cli.json('logs --tail 1')).document).toEqual({
      track: 'storefront/production/web',
      lines: ['newest line 4'],
    });
  });

  test.each(['', ' --follow'])(
    'logs%s of a revision that does not exist says which there are, and ends with 6',
    async (follow) => {
      cli.plane.logs = async (track, revision) => ({
        ok: false,
        refusal: {
          type: 'urn:sluice:problem:not-found',
          title: 'Not found',
          status: 404,
          detail: `The revision ${revision ?? ''} of ${track} does not exist.`,
          code: 'not-found',
          remedy: 'It knows v2 and v1.',
        },
      });
      const { code, stdout, stderr } = await cli.run(`logs --revision nonsense${follow}`);
      expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
      expect(stderr).toBe(
        '✘ The revision nonsense of storefront/production/web does not exist.\n  It knows v2 and v1.\n',
      );
      const { document } = await cli.json(`logs --revision nonsense${follow}`);
      expect(document).toMatchObject({ code: 'not-found', remedy: 'It knows v2 and v1.' });
    },
  );

  test('logs --follow goes on with what is written, until Ctrl-C', async () => {
    const interruption = new AbortController();
    const written = ['one\n'];
    cli.plane.logs = async (_track, _revision, lines) => ({
      ok: true,
      value: written.slice(-lines).join(''),
    });
    const { code, stdout } = await cli.run('logs --follow', {
      interrupted: interruption.signal,
      onWait: (times) => {
        if (times <= 2) written.push(`line ${times}\n`);
        else interruption.abort();
      },
    });
    expect({ code, stdout }).toEqual({ code: 130, stdout: 'one\nline 1\nline 2\n' });
  });
});

describe('events', () => {
  test('prints what happened, once, and ends', async () => {
    for (const sequence of [1, 2]) cli.plane.feed.publish(sampleEvent(sequence));
    const { code, stdout } = await cli.run('events');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 .*storefront\/production\/web  the router confirmed split 1\n2 .*split 2\n$/);
  });

  test('waits for a server that is slow, and does not take silence for the end', async () => {
    const { events } = cli.plane;
    for (const sequence of [1, 2]) cli.plane.feed.publish(sampleEvent(sequence));
    cli.plane.events = async function* (after, wish) {
      for await (const event of events.call(cli.plane, after, wish)) {
        // Only time will do: a server that says nothing for longer than anybody would wait.
        await delay(400);
        yield event;
      }
    };
    expect((await cli.run('events')).stdout).toMatch(/^1 .*\n2 .*\n$/);
  });

  test('that cannot be read to the end are no success', async () => {
    cli.plane.events = async function* () {
      yield sampleEvent(1);
      throw new Error('the store is gone');
    };
    const { code, stderr } = await cli.run('events');
    expect(code).toBe(5);
    expect(stderr).toContain('does not answer');
  });

  test('--follow goes on with what happens', async () => {
    const interruption = new AbortController();
    const run = cli.run('events --follow --after 0', {
      interrupted: interruption.signal,
      onOutput: (text) => {
        if (text.includes('split 7')) interruption.abort();
      },
    });
    await cli.plane.feed.followedBy(1);
    cli.plane.feed.publish(sampleEvent(7));
    expect((await run).code).toBe(130);
  });
});

describe('a control plane that is not there', () => {
  test.each(['status', 'explain', 'history', 'pause', 'ledger', 'events', 'rollback'])(
    '%s ends with 5 and says how to start one',
    async (command) => {
      await cli.closeApi();
      const { code, stdout, stderr } = await cli.run(command);
      expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
      expect(stderr).toContain('nothing listens there');
      expect(stderr).toContain('Start it with `sluice up`');
      expect((await cli.json(command)).document).toMatchObject({ code: 'unreachable' });
    },
  );
});

test('what a release is called and why it failed cannot act on the terminal', async () => {
  const hostile = '\u001b[2J\u001b]0;owned\u0007';
  const active = sampleRollout({ phase: 'held', reason: { kind: 'failing', detail: `bad${hostile}` } });
  cli.plane.put(
    sampleTrack({
      active,
      explanation: {
        doing: `doing${hostile}`,
        waitingFor: `wait${hostile}`,
        next: `next${hostile}`,
        evidence: [hostile],
      },
    }),
  );
  for (const command of ['status', 'explain', 'history', 'pause']) {
    expect((await cli.run(command)).stdout, command).not.toContain('\u001b');
  }
});
