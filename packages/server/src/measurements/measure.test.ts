import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import { describe, expect, it } from 'vitest';
import { measure } from './measure.ts';
import type { AskPrometheus, MeasurementContext } from './measurement-ports.ts';
import { testContext, testPorts, testQuery, testSpec } from './testing/measurement-at-hand.ts';

type Question = Parameters<AskPrometheus>[0];

const never = new AbortController().signal;

/** A Prometheus that notes what it is asked. */
function noting(result: number | readonly number[], warnings: readonly string[] = []) {
  const asked: Question[] = [];
  const askPrometheus: AskPrometheus = async (question) => {
    asked.push(question);
    return { ok: true, result, warnings };
  };
  return { asked, ports: testPorts({ askPrometheus, environment: { TOKEN: 'from-variable' } }) };
}

const run = (
  spec: MeasurementSpec,
  ports = testPorts(),
  context: MeasurementContext = testContext(),
  signal = never,
) => measure({ spec, context, run: 'one' }, ports, signal);

describe('a measurement from Prometheus', () => {
  it('asks with the names of the revisions put in, and judges the answer', async () => {
    const { asked, ports } = noting([0.99]);
    const query = 'rate({{candidate}}, {{ stable }}, {{candidate-hash}}, {{stable-hash}}, {{other}})';
    expect(await run(testSpec(testQuery({ query })), ports)).toEqual({
      outcome: 'success',
      value: '[0.99]',
      message: '[0.99]: `result[0] >= 0.95` holds.',
    });
    expect(asked[0]?.query).toBe(
      'rate(web-0000000000bb, web-0000000000aa, 0000000000bb, 0000000000aa, {{other}})',
    );
  });

  it("asks where the component's evidence comes from when it names no address, with its headers and its own", async () => {
    const { asked, ports } = noting([1]);
    const tls = { caFile: '/ca.pem', certFile: null, keyFile: null, insecure: false };
    const evidence = { address: 'http://here', headers: { 'x-scope': { value: 'shop' } }, tls };
    const query = testQuery({ address: null, headers: { authorization: { environment: 'TOKEN' } } });
    await run(testSpec(query), ports, testContext({ evidence }));
    expect(asked[0]?.connection).toEqual({
      address: 'http://here',
      headers: { 'x-scope': { value: 'shop' }, authorization: { value: 'from-variable' } },
      tls,
      timeoutMs: 5_000,
    });
    await run(testSpec(testQuery({ address: 'http://there' })), ports, testContext({ evidence }));
    expect(asked[1]?.connection).toMatchObject({ address: 'http://there', headers: {}, tls: null });
  });

  it('reads headers from files and from what the target keeps', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-measure-'));
    await writeFile(join(folder, 'token'), 'from-file\n');
    const { asked, ports } = noting([1]);
    const readKept = async (name: string, key: string) => `${name}/${key}`;
    const headers = { one: { file: join(folder, 'token') }, two: { kept: 'prometheus', key: 'token' } };
    await run(testSpec(testQuery({ headers })), ports, testContext({ readKept }));
    expect(asked[0]?.connection.headers).toEqual({
      one: { value: 'from-file' },
      two: { value: 'prometheus/token' },
    });
    await rm(folder, { recursive: true });
  });

  it('reads headers that Sluice keeps, and nothing of a machine that is not the organisation’s', async () => {
    const { asked, ports } = noting([1]);
    const own = { ...ports, environment: null, readStored: async () => 'Bearer kept\n' };
    const headers = { authorization: { secret: { from: 'stored', name: 'prometheus' } } } as const;
    await run(testSpec(testQuery({ headers })), own);
    expect(asked[0]?.connection.headers).toEqual({ authorization: { value: 'Bearer kept' } });
    for (const of of [{ environment: 'PATH' }, { file: import.meta.filename }])
      expect(await run(testSpec(testQuery({ headers: { authorization: of } })), own)).toMatchObject({
        outcome: 'error',
        message: expect.stringContaining('the header authorization cannot be read'),
      });
    expect(asked).toHaveLength(1);
  });

  it('tells what Prometheus warns of', async () => {
    const { ports } = noting([1], ['one store did not answer']);
    expect((await run(testSpec(testQuery()), ports)).message).toContain(
      'Prometheus warns: one store did not answer.',
    );
  });
});

describe('a measurement that cannot be made is an error, and says why', () => {
  it.each<[string, MeasurementSpec, RegExp]>([
    ['an outage', testSpec(testQuery()), /^No Prometheus was asked/],
    ['no address', testSpec(testQuery({ address: null })), /neither the measurement nor the component names/],
    [
      'a variable that is not set',
      testSpec(testQuery({ headers: { authorization: { environment: 'NOBODY' } } })),
      /header authorization cannot be read from the environment variable NOBODY/,
    ],
    [
      'a file that is not there',
      testSpec(testQuery({ headers: { authorization: { file: '/nowhere/token' } } })),
      /from the file \/nowhere\/token/,
    ],
    [
      'a secret that the target does not keep',
      testSpec(testQuery({ headers: { authorization: { kept: 'prometheus', key: 'token' } } })),
      /from the key token of prometheus/,
    ],
    [
      'a task without somebody who runs it',
      testSpec({ provider: 'task', task: {}, timeoutMs: 1_000 }),
      /target of the component runs no tasks/,
    ],
  ])('%s', async (_name, spec, message) => {
    expect(await run(spec)).toEqual({ outcome: 'error', value: '', message: expect.stringMatching(message) });
  });

  it('somebody who never answers, and does not listen either', async () => {
    const ports = testPorts({ askPrometheus: () => new Promise(() => undefined) });
    expect(await run(testSpec(testQuery({ timeoutMs: 30 })), ports)).toEqual({
      outcome: 'error',
      value: '',
      message: 'There was no answer within 30ms.',
    });
  });

  it('being called off', async () => {
    const calling = new AbortController();
    const ports = testPorts({ askPrometheus: () => new Promise(() => calling.abort()) });
    const measured = await run(testSpec(testQuery()), ports, testContext(), calling.signal);
    expect(measured).toMatchObject({ outcome: 'error', message: 'It was called off.' });
  });
});

it('a task is run under a name of its own, with the revisions put in, and says itself how it went', async () => {
  const ran: unknown[] = [];
  const context = testContext({
    runTask: async (task, { name, timeoutMs }) => {
      ran.push({ task, name, timeoutMs });
      return { ok: true, result: 'exit 1', warnings: [], wentWell: false };
    },
  });
  const query = { provider: 'task', task: { args: ['--on', '{{candidate}}'] }, timeoutMs: 1_000 } as const;
  const spec = testSpec(query, { condition: { language: 'outcome' } });
  expect(await run(spec, testPorts(), context)).toMatchObject({ outcome: 'failure', value: 'exit 1' });
  expect(ran).toEqual([{ task: { args: ['--on', 'web-0000000000bb'] }, name: 'one', timeoutMs: 1_000 }]);
});
