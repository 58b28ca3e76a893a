import { describe, expect, it } from 'vitest';
import { reportLine } from './worker-report.ts';
import { type WorkerOptions, workerSettings } from './worker-options.ts';

const ENVIRONMENT = {
  SLUICE_WORKER_URL: 'http://127.0.0.1:7070',
  SLUICE_TRACK: 'shop/production/triage',
  SLUICE_REVISION: 'triage-1',
  PORT: '4000',
  HOST: '127.0.0.1',
};
const handle = (): number => 1;

describe('the settings of a worker', () => {
  it('come from the environment that Sluice gives it', () => {
    expect(workerSettings({ handle }, ENVIRONMENT)).toMatchObject({
      ...{ url: 'http://127.0.0.1:7070', agent: 'shop/production/triage', revision: 'triage-1' },
      ...{ port: 4000, host: '127.0.0.1', concurrency: 1, capabilities: [], labels: [], tokenFile: null },
    });
    expect(workerSettings({ handle }, { ...ENVIRONMENT, SLUICE_TOKEN_FILE: '/run/token' }).tokenFile).toBe(
      '/run/token',
    );
  });

  it('are what the options say where both speak', () => {
    const options = { handle, url: 'http://[::1]:1', agent: 'a/b/c', revision: 'r', port: 0, concurrency: 8 };
    expect(workerSettings(options, ENVIRONMENT)).toMatchObject({ ...options, port: 0 });
  });

  it('have the labels of the options and of the environment', () => {
    const labels = { zone: 'eu', data: ['orders', 'invoices'] };
    const environment = { ...ENVIRONMENT, SLUICE_LABELS: 'spot=yes,rack=7' };
    expect(workerSettings({ handle, labels }, environment).labels).toEqual([
      ...['zone=eu', 'data=orders', 'data=invoices', 'spot=yes', 'rack=7'],
    ]);
  });

  it('have a name that no other process has', () => {
    const names = new Set(Array.from({ length: 50 }, () => workerSettings({ handle }, ENVIRONMENT).name));
    expect(names.size).toBe(50);
  });

  it('are refused with what is missing or wrong', () => {
    const odd: [Partial<WorkerOptions<unknown>>, Partial<typeof ENVIRONMENT>, string][] = [
      [{}, {}, 'neither the option `url` nor SLUICE_WORKER_URL is set'],
      [{}, { ...ENVIRONMENT, SLUICE_REVISION: '' }, 'neither the option `revision`'],
      [{ url: 'nowhere' }, ENVIRONMENT, "the server's URL is 'nowhere'"],
      [{ concurrency: 0 }, ENVIRONMENT, '`concurrency` is 0'],
      [{ concurrency: 1_001 }, ENVIRONMENT, 'from 1 to 1000'],
      [{ graceMs: -1 }, ENVIRONMENT, '`graceMs` is -1'],
      [{ port: 70_000 }, ENVIRONMENT, 'the port is 70000'],
      [{}, { ...ENVIRONMENT, PORT: 'http' }, 'the port is http'],
    ];
    for (const [options, environment, words] of odd) {
      let message = '';
      try {
        workerSettings({ handle, ...options }, environment);
      } catch (thrown) {
        message = (thrown as Error).message;
        expect(thrown).toMatchObject({ name: 'SluiceError', code: 'invalid-input' });
      }
      expect(message).toContain(words);
    }
  });
});

describe('a report', () => {
  it('is one line, and brings the place of a crash along', () => {
    const name = { taskId: 't-1', attempt: 2 };
    const lines = [
      reportLine({ kind: 'uncounted', ...name }),
      reportLine({ kind: 'session-lost', error: new Error('gone'), retryMs: 12.6 }),
      reportLine({ kind: 'task-failed', ...name, failureClass: 'tool', error: new Error('no row') }),
    ];
    expect(lines).toEqual([
      'the end of attempt 2 at task t-1 did not count',
      'no session: gone; next try in 13 ms',
      'attempt 2 at task t-1 failed (tool): no row',
    ]);
    const crash = reportLine({ kind: 'task-failed', ...name, failureClass: 'crash', error: new Error('oh') });
    expect(crash).toContain('attempt 2 at task t-1 failed (crash): oh\nError: oh\n    at ');
  });
});
