import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ScriptedServer, type ScriptedSession } from '@sluice/worker/testing/scripted-server.ts';
import { plainJson } from '@sluice/worker/json-value.ts';

const AGENT = fileURLToPath(new URL('../../../examples/triage/src/agent.ts', import.meta.url));
const PATIENCE = { timeout: 30_000, interval: 20 };
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** The example fleet's agent as Sluice starts it, and the session that it opens. */
async function startAgent(): Promise<{
  agent: ChildProcess;
  session: ScriptedSession;
  errors: () => string;
}> {
  const scripted = new ScriptedServer((session) => session.welcome(3_000));
  const url = await scripted.listen();
  const agent = spawn(process.execPath, [AGENT], {
    env: { SLUICE_WORKER_URL: url, SLUICE_TRACK: 'support/local/triage', SLUICE_REVISION: 'triage-1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  agent.stderr?.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  cleanups.push(async () => {
    if (agent.exitCode === null && agent.signalCode === null) {
      agent.kill('SIGKILL');
      await once(agent, 'exit');
    }
    await scripted.close();
  });
  await vi.waitFor(() => expect(scripted.sessions[0]?.wanted()).toBe(8), PATIENCE);
  return { agent, session: scripted.sessions[0] as ScriptedSession, errors: () => errors };
}

const MAIL = {
  from: 'ada@example.com',
  subject: 'Charged twice',
  text: 'My card was charged twice (A-1234).',
};

describe('the process of an agent', () => {
  it('does a task with its tools, and refuses what is no mail as input', async () => {
    const { session } = await startAgent();
    session.assign('mail', MAIL);
    session.assign('odd', { subject: 3 });
    await vi.waitFor(
      () => expect([session.all('complete').length, session.all('fail').length]).toEqual([1, 1]),
      PATIENCE,
    );
    expect(plainJson(session.all('complete')[0]?.result)).toMatchObject({
      topic: 'billing',
      order: 'A-1234',
    });
    expect(session.all('fail')[0]?.failure?.message).toContain('a mail needs the field from');
    const tools = session
      .all('news')
      .flatMap(({ event }) => (event?.event.case === 'toolCall' ? [event.event.value] : []));
    expect(new Set(tools.map(({ tool }) => tool))).toEqual(
      new Set(['guess-language', 'rate-urgency', 'find-topic', 'find-order']),
    );
  });

  it('finishes and leaves with 0 when it is asked to end', async () => {
    const { agent, session, errors } = await startAgent();
    session.assign('mail', MAIL);
    await vi.waitFor(() => expect(session.all('news').length).toBeGreaterThan(0), PATIENCE);
    const exit = once(agent, 'exit');
    agent.kill('SIGTERM');
    await vi.waitFor(() => expect(session.all('complete')).toHaveLength(1), PATIENCE);
    session.settle('mail');
    expect(await exit).toEqual([0, null]);
    expect(errors()).not.toContain('no session');
  });

  it('ends at once on a second signal', async () => {
    const { agent, session } = await startAgent();
    session.assign('mail', MAIL);
    await vi.waitFor(() => expect(session.all('complete')).toHaveLength(1), PATIENCE); // And it is never settled.
    const exit = once(agent, 'exit');
    agent.kill('SIGTERM');
    // The first signal has arrived once it gives back what comes.
    let late = 0;
    await vi.waitFor(() => {
      session.assign(`late-${late++}`, MAIL);
      expect(session.all('return').length).toBeGreaterThan(0);
    }, PATIENCE);
    agent.kill('SIGTERM');
    expect(await exit).toEqual([null, 'SIGTERM']);
  });
});
