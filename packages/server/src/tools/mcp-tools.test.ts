import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { McpServer, ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { type Declared, ToolServer } from './testing/tool-server.ts';

const database = withDatabase();
const PROGRAM = fileURLToPath(new URL('./testing/mcp-server.ts', import.meta.url));
const NAMES = ['find-order', 'refund', 'fail', 'crash', 'environment'];
const DECLARED: Declared = { tools: Object.fromEntries(NAMES.map((name) => [name, [`${name}@1`]])) };
let folder = '';
let server: ToolServer;
let programs: ChildProcess[] = [];

const program = (): McpServer => ({
  ...{ over: 'stdio', command: [process.execPath, PROGRAM], directory: null },
  ...{
    env: { COUNT_FILE: join(folder, 'count') },
    secrets: { SHOP_TOKEN: { from: 'environment', name: 'X' } },
  },
});
async function overHttp(): Promise<{ server: McpServer; stop(): Promise<void>; port: number }> {
  const child = spawn(process.execPath, [PROGRAM, '--http'], { stdio: ['ignore', 'pipe', 'inherit'] });
  programs.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  return {
    port,
    server: { over: 'http', url: `http://127.0.0.1:${port}/mcp`, headers: {}, secrets: {} },
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
/** A program is started within the time of a call: where that is not the question, it has all it may need. */
const importAll = (from: McpServer, more: object = {}) =>
  server.running.registry.importAll({
    ...{
      server: from as never,
      version: '1',
      prefix: '',
      only: [],
      timeoutMs: 25_000,
      retries: 0,
      by: 'ada',
    },
    ...more,
  });
const counted = async (): Promise<string[]> =>
  (await readFile(join(folder, 'count'), 'utf8').catch(() => '')).trim().split('\n').filter(Boolean);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-mcp-'));
  server = new ToolServer(database.db, DECLARED);
  programs = [];
});
afterEach(async () => {
  await server.close();
  for (const child of programs) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

describe.each([['stdio'], ['http']] as const)('tools of an MCP server over %s', (over) => {
  let from: McpServer;
  beforeEach(async () => {
    from = over === 'stdio' ? program() : (await overHttp()).server;
  });

  it('are registered with their schemas, and with what it says of them', async () => {
    const imported = await importAll(from, { only: ['findOrder', 'refund'] });
    expect(imported).toMatchObject({ ok: true });
    const listed = await server.running.registry.tools({ cursor: null, limit: 10 });
    expect(listed.items.map(({ definition }) => definition)).toMatchObject([
      {
        ...{ name: 'find-order', version: '1', description: 'Finds an order.', readOnly: true },
        input: { properties: { order: { type: 'string' } }, required: ['order'] },
        output: { properties: { state: { type: 'string' } } },
        runner: { kind: 'mcp', tool: 'findOrder' },
      },
      { name: 'refund', readOnly: false, output: null },
    ]);
    expect(await importAll(from, { only: ['findOrder'] })).toMatchObject({
      value: { items: [{ isNew: false }] },
    });
  });

  it('are called, and give their structured content, or their text', async () => {
    await importAll(from);
    const { id: taskId } = await server.task();
    const call = (tool: string, given: object) => server.call({ taskId, tool, arguments: given });
    expect(await call('find-order', { order: 'A-1' })).toMatchObject({
      ...{ kind: 'done', result: { order: 'A-1', state: 'sent' }, servedBy: 'find-order@1' },
    });
    expect(await call('refund', { order: 'A-1' })).toMatchObject({ kind: 'done', result: 'refunded A-1' });
    expect(await call('find-order', { order: 7 })).toBe('invalid-arguments');
    expect(await call('fail', {})).toMatchObject({
      kind: 'failed',
      failure: { reason: 'failed', message: 'no such shelf' },
    });
  });

  it('break off, and are there again for the next call', async () => {
    await importAll(from, { only: ['crash', 'findOrder'] });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId, tool: 'crash' })).toMatchObject({ kind: 'failed' });
    const next = await server.call({ taskId, tool: 'find-order', arguments: { order: 'A-1' } });
    if (over === 'stdio') expect(next).toMatchObject({ kind: 'done' });
    else expect(next).toMatchObject({ kind: 'failed', failure: { reason: 'unreachable' } });
  });
});

describe('an MCP server that is a program', () => {
  it('sees nothing of the environment of the server but what programs need, and what it is given', async () => {
    process.env['SLUICE_TEST_SECRET'] = 'not for others';
    await importAll(program(), { only: ['environment'] });
    const { id: taskId } = await server.task();
    const answer = await server.call({ taskId, tool: 'environment' });
    delete process.env['SLUICE_TEST_SECRET'];
    const names = String((answer as { result: unknown }).result).split(' ');
    expect(names).toEqual(expect.arrayContaining(['COUNT_FILE', 'SHOP_TOKEN', 'PATH']));
    expect(names).not.toContain('SLUICE_TEST_SECRET');
  });

  it('is told the key of a call, acts once, and is not called again after it took too long', async () => {
    await importAll(program(), { only: ['refund'], timeoutMs: 300, retries: 3 });
    const { id: taskId } = await server.task();
    const request = { taskId, tool: 'refund', call: 'pay', arguments: { order: 'A-1', afterMs: 60_000 } };
    expect(await server.call(request)).toMatchObject({ kind: 'failed', failure: { reason: 'timeout' } });
    expect(await server.call(request)).toMatchObject({ kind: 'failed', isRepeated: true });
    expect(await counted()).toEqual([`A-1 ${taskId}/pay`]);
  });

  it('that cannot be started is no server, in words', async () => {
    const none: McpServer = {
      ...program(),
      over: 'stdio',
      command: [process.execPath, '-e', 'console.error("no shop today"); process.exit(1)'],
    } as McpServer;
    const imported = await importAll(none);
    expect(imported).toMatchObject({ ok: false, refusal: { status: 422, code: 'not-imported' } });
    expect(JSON.stringify(imported)).toContain('no shop today');
    const runner: ToolDefinition['runner'] = { kind: 'mcp', tool: 'findOrder', server: none };
    await server.register({ name: 'find-order', runner });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId, tool: 'find-order' })).toMatchObject({
      ...{ kind: 'failed', failure: { reason: 'unreachable' } },
    });
  });
});
