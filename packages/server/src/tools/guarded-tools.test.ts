import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HookSpec } from '@sluice/core/tasks/hook-spec.ts';
import type { McpServer } from '@sluice/core/tasks/tool-definition.ts';
import type { GuardedOutgoing } from '../outgoing/guarded-outgoing.ts';
import { loopbackOutgoing, outgoingUnder } from '../outgoing/testing/outgoing-under.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { hookAsker } from './hooks/ask-hook.ts';
import { mcpConnections } from './mcp-connections.ts';
import { AnsweringServer } from './testing/answering-server.ts';
import { ToolServer } from './testing/tool-server.ts';

const database = withDatabase();
let inside: AnsweringServer;
const outgoings: GuardedOutgoing[] = [];
const servers: ToolServer[] = [];
beforeEach(async () => {
  inside = await AnsweringServer.start(() => ({ body: { credentials: 'of the machine' } }));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(outgoings.splice(0).map((outgoing) => outgoing.close()));
  await inside.close();
});

const kept = (outgoing: GuardedOutgoing): GuardedOutgoing => {
  outgoings.push(outgoing);
  return outgoing;
};
/** The operator who has allowed nothing, and an organisation beside one who has allowed everything to himself. */
const GUARDED = [
  ['whoever runs the control plane, with nothing allowed', '', null],
  ['another organisation, whatever the operator may reach', '0.0.0.0/0,::/0', 'acme'],
] as const;
const serve = (rules: string, organisation: string | null): ToolServer => {
  const outgoing = kept(outgoingUnder(rules, { organisation }));
  const declared = { tools: { find: ['find-order@1'] } };
  const server = new ToolServer(database.db, declared, { outgoing, isForeign: organisation !== null });
  servers.push(server);
  return server;
};
const addTo = (server: ToolServer, runner: object) =>
  server.running.registry.add({
    tool: {
      ...{ name: 'find-order', version: '1', description: '', input: { type: 'object' }, output: null },
      ...{ readOnly: false, idempotent: false, timeoutMs: 10_000, retries: 0, runner },
    } as never,
    by: 'ada',
  });
const http = (url: string, secrets: object = {}) => ({ kind: 'http', url, headers: {}, secrets });
const mcp = (url: string): McpServer => ({ over: 'http', url, headers: {}, secrets: {} });
const importFrom = (server: ToolServer, from: McpServer) =>
  server.running.registry.importAll({
    ...{ server: from as never, version: '1', prefix: '', only: [], timeoutMs: 5_000, retries: 0, by: 'ada' },
  });

describe.each(GUARDED)('what tools lead to, for %s,', (_, rules, organisation) => {
  it('is not registered where it lies inside, and the refusal names the flag', async () => {
    const server = serve(rules, organisation);
    const flag = `--allow-outgoing ${organisation === null ? '' : 'acme='}`;
    for (const url of [inside.url, 'http://169.254.169.254/latest/meta-data/', 'http://10.0.0.7/find']) {
      const refusal = { code: 'refused-destination', detail: expect.stringContaining(flag) };
      expect(await addTo(server, http(url))).toMatchObject({ ok: false, refusal });
      const tool = { kind: 'mcp', tool: 'find', server: mcp(url) };
      expect(await addTo(server, tool)).toMatchObject({ ok: false, refusal });
      expect(await importFrom(server, mcp(url))).toMatchObject({ ok: false, refusal });
    }
    expect(inside.heard).toEqual([]);
  });

  it('is not called where a name has come to mean something inside since', async () => {
    let address = '93.184.216.34';
    const resolve = async (): Promise<string[]> => [address];
    const outgoing = kept(outgoingUnder(organisation === null ? '' : rules, { organisation, resolve }));
    const server = new ToolServer(database.db, { tools: { find: ['find-order@1'] } }, { outgoing });
    servers.push(server);
    const { port } = new URL(inside.url);
    expect(await addTo(server, http(`http://shop.example:${port}/`))).toMatchObject({ ok: true });
    address = '127.0.0.1';
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId })).toMatchObject({
      kind: 'failed',
      failure: { reason: 'unreachable', message: expect.stringContaining('--allow-outgoing') },
    });
    expect(inside.heard).toEqual([]);
  });
});

describe('an organisation to which the machine does not belong', () => {
  it('has tools over HTTP in the public internet, with secrets that are kept', async () => {
    const server = serve('', 'acme');
    const secret = { authorization: { from: 'stored', name: 'shop' } };
    expect(await addTo(server, http('https://93.184.216.34/find', secret))).toMatchObject({ ok: true });
  });

  it('has no program started, and no secret read there', async () => {
    const server = serve('', 'acme');
    const program = { over: 'stdio', command: ['id'], directory: null, env: {}, secrets: {} };
    const refusal = { code: 'foreign-machine' };
    const tool = { kind: 'mcp', tool: 'id', server: program };
    expect(await addTo(server, tool)).toMatchObject({ ok: false, refusal });
    expect(await importFrom(server, program as never)).toMatchObject({ ok: false, refusal });
    for (const from of [
      { from: 'file', path: '/etc/hostname' },
      { from: 'environment', name: 'PATH' },
    ]) {
      const read = http('https://93.184.216.34/', { authorization: from });
      expect(await addTo(server, read)).toMatchObject({ ok: false, refusal });
    }
  });
});

const HOOK = (url: string): HookSpec =>
  ({ name: 'budget', at: 'before-task', action: { kind: 'http', url }, timeoutMs: 5_000 }) as never;
const PLACE = { directory: null, variables: {} };

describe('a hook over HTTP', () => {
  it.each(GUARDED)('leads nowhere inside for %s', async (_, rules, organisation) => {
    const { dispatcher } = kept(outgoingUnder(rules, { organisation })).lines({ mostBytes: 1_000 });
    const ask = hookAsker(dispatcher);
    const answer = await ask(HOOK(inside.url), {}, PLACE, new AbortController().signal);
    expect(answer).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('--allow-outgoing'),
    });
    expect(inside.heard).toEqual([]);
  });

  it('is not followed elsewhere, and its answer is not unpacked', async () => {
    const { dispatcher } = kept(loopbackOutgoing()).lines({ mostBytes: 100_000 });
    const ask = (): ReturnType<ReturnType<typeof hookAsker>> =>
      hookAsker(dispatcher)(HOOK(inside.url), {}, PLACE, new AbortController().signal);
    inside.answers(() => ({ status: 302, headers: { location: `${inside.url}/elsewhere` } }));
    expect(await ask()).toMatchObject({ kind: 'failed', message: expect.stringContaining('302') });
    expect(inside.heard).toHaveLength(1);
    inside.answers(() => ({ headers: { 'content-encoding': 'gzip' }, body: 'x' }));
    expect(await ask()).toMatchObject({ kind: 'failed', message: expect.stringContaining('compressed') });
  });
});

it('an MCP server that answers without end is left', async () => {
  const { fetch } = kept(loopbackOutgoing()).lines({ mostBytes: 10_000 });
  const connections = mcpConnections({ fetch, readSecrets: async () => ({}) });
  inside.answers(() => ({ body: `{"jsonrpc":"2.0","id":0,"result":"${'x'.repeat(1_000_000)}"}` }));
  await expect(connections.use(mcp(inside.url), async () => 'used')).rejects.toMatchObject({
    code: 'unreachable',
  });
  await connections.close();
});
