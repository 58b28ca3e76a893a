import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HealthCourse } from './health-course.ts';
import { watchHealth } from './watch-health.ts';

const HEALTH = { path: '/health', withinMs: 300, intervalMs: 20, timeoutMs: 10_000, failures: 1 };
let server: Server;
let status = 200;
beforeEach(async () => {
  // An answer that takes longer than what is left of a time that is over.
  server = createServer((_request, response) => void setTimeout(() => response.writeHead(status).end(), 30));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => server.close());

/** Watches an instance that was last looked at a minute ago; the course after the first probe, or why it was given up. */
async function afterAMinute(phase: 'starting' | 'unready'): Promise<string> {
  const over = new AbortController();
  let seen: HealthCourse['phase'] = phase;
  const { port } = server.address() as AddressInfo;
  const onProbe = (course: HealthCourse): void => {
    seen = course.phase;
    if (seen === 'ready') over.abort();
  };
  const begin = { phase, since: performance.now() - 60_000 };
  const watch = { port, health: () => HEALTH, startProbeMs: 10, onProbe };
  return (await watchHealth(watch, begin, over.signal)) ?? seen;
}

test.each(['starting', 'unready'] as const)(
  'a host that was stopped for a minute asks an instance that was %s before it gives it up',
  async (phase) => {
    status = 200;
    expect(await afterAMinute(phase)).toBe('ready');
    status = 503;
    expect(await afterAMinute(phase)).toMatch(/^not ready .*GET \/health answers 503/);
  },
);
