import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HostProcess, TRACK } from './host-harness.ts';
import { orderOf, runOf, splitOrderOf, writeProgram } from './host-programs.ts';
import { until } from './host-waiting.ts';
import { UNFINISHED_SUFFIX } from '../src/disk/write-atomically.ts';

test('a release goes out over the socket and is served through the router', async () => {
  await using host = await HostProcess.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  expect(await host.put('revisions/web-1', orderOf(run, 2))).toEqual({ status: 200, text: '{}' });
  await host.ready('web-1', 2);
  expect(await host.put('split', splitOrderOf({ 'web-1': 10_000 }))).toEqual({ status: 200, text: '{}' });
  expect(await host.through()).toMatchObject({ status: 200, text: expect.stringMatching(/^web-1 [01] 0$/) });
  expect((await host.track()).split?.generation).toBe(1);
  expect(JSON.parse((await host.ask('GET', '/v1/tracks')).text)).toEqual({ tracks: [TRACK] });
  const logs = await host.ask('GET', `/v1/tracks/${encodeURIComponent(TRACK)}/revisions/web-1/logs?tail=5`);
  expect(logs).toEqual({ status: 200, text: '0 | instance 0 of web-1 v1\n1 | instance 1 of web-1 v1\n' });
  const one = await host.ask(
    'GET',
    `/v1/tracks/${encodeURIComponent(TRACK)}/revisions/web-1/logs?instance=1`,
  );
  expect(one.text).toBe('instance 1 of web-1 v1\n');
});

test('the traffic of a track is told per second and revision', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  await host.ready('web-1', 1);
  await host.put('split', splitOrderOf({ 'web-1': 10_000 }));
  await host.through();
  const path = `/v1/tracks/${encodeURIComponent(TRACK)}/traffic?since=0&limit=900`;
  await until(async () => {
    const reply = JSON.parse((await host.ask('GET', path)).text) as {
      seconds: { arms: Record<string, { requests: number }> }[];
    };
    return reply.seconds.some(({ arms }) => arms['web-1']?.requests === 1);
  }, 'the request is counted');
});

test('the host says who it is, and only its user may speak to it', async () => {
  await using host = await HostProcess.start();
  const status = JSON.parse((await host.ask('GET', '/v1/host')).text) as Record<string, unknown>;
  expect(status).toMatchObject({ pid: host.pid, routerPort: host.routerPort, version: '0.1.0' });
  expect(status['routerWorkers']).toHaveLength(1);
  expect((await stat(host.socket)).mode & 0o777).toBe(0o600);
  expect((await stat(host.directory)).mode & 0o777).toBe(0o700);
});

test('every line that the host prints is one JSON object with a time, a level and a message', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  await host.ready('web-1', 1);
  const lines = host.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ message }) => message)).toEqual(
    expect.arrayContaining(['host ready', 'process started']),
  );
  for (const line of lines) expect(line).toMatchObject({ at: expect.any(String), level: expect.any(String) });
});

test('a second host on the same directory is refused, also through another path, until the first is gone', async () => {
  await using host = await HostProcess.start();
  const second = host.launch();
  expect(await new Promise((resolve) => second.once('exit', resolve))).toBe(3);
  expect(host.output).toContain('Another host process already uses');
  await host.end('SIGKILL');
  await host.begin();
});

test('wrong arguments end the host at once and say what is wrong', async () => {
  await using host = await HostProcess.start();
  const child = host.launch('--port', 'eighty');
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(2);
  expect(host.output).toContain('--port needs a number');
});

test('a directory too deep for a socket gets one elsewhere, and host.json says where', async () => {
  await using host = await HostProcess.start({}, `${'deep/'.repeat(25)}host`);
  expect(host.socket.startsWith(host.directory)).toBe(false);
  expect((await host.ask('GET', '/v1/host')).status).toBe(200);
  expect((await stat(join(host.socket, '..'))).mode & 0o777).toBe(0o700);
});

test('secrets are nowhere below the directory, nor in anything that the host prints or answers', async () => {
  await using host = await HostProcess.start({ TOKEN_ON_HOST: 'zyzzyva-8821' });
  const run = runOf(await writeProgram(join(host.folder, 'v1')), {
    secrets: { TOKEN: { from: 'environment', name: 'TOKEN_ON_HOST' } },
  });
  await host.put('revisions/web-1', orderOf(run, 1));
  const [instance] = await host.ready('web-1', 1);
  await host.put('split', splitOrderOf({ 'web-1': 10_000 }));
  expect((await host.through('/env')).text).toContain('zyzzyva-8821');
  process.kill(instance?.pid ?? 0, 'SIGKILL');
  await until(async () => (await host.track()).revisions['web-1']?.instances[0]?.unexpectedExits, 'the exit');
  // What is being written is whole, under its own name, a moment later.
  const files = (await readdir(host.directory, { recursive: true, withFileTypes: true })).filter(
    ({ name }) => !name.endsWith(UNFINISHED_SUFFIX),
  );
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
  );
  expect(texts.length).toBeGreaterThan(2);
  const told = [...texts, host.output, JSON.stringify(await host.track())].join('\n');
  expect(told).toContain('TOKEN_ON_HOST');
  expect(told).not.toContain('zyzzyva-8821');
});

test('the host lives on when whoever started it stops reading and goes away', async () => {
  await using host = await HostProcess.start();
  host.closeOutput();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  await host.ready('web-1', 1);
  await host.put('revisions/web-1', orderOf(runOf(join(host.folder, 'v1')), 2, 2));
  await host.ready('web-1', 2);
  expect((await host.ask('GET', '/v1/host')).status).toBe(200);
});
