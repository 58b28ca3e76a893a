import { expect, it, onTestFinished } from 'vitest';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import * as api from '@opentelemetry/api';
import { testApi } from '../../api/testing/test-api.ts';
import { otlpReceiver } from './testing/otlp-receiver.ts';
import { openTracing } from './open-tracing.ts';
import { otlpTracing } from './otlp-sender.ts';
import { requestTraces, spansOfRequests } from './request-traces.ts';
import { createLog } from '../log.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = `00-${TRACE}-00f067aa0ba902b7-01`;
const RELEASE = { text: 'application: shop\ncomponents: {}\n', file: 'sluice.yaml', baseDirectory: '/tmp' };

it('a release finds the trace of the request that asks for it, and nobody else does', async () => {
  const traces = requestTraces();
  const { app, plane } = testApi({ traces });
  onTestFinished(() => app.close());
  const seen: unknown[] = [];
  const { release } = plane;
  plane.release = async (...asked) => {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(traces.current());
    return release(...asked);
  };
  const post = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/api/v1/releases', payload: RELEASE, headers });
  await Promise.all([post({ traceparent: CALLER }), post({}), post({ traceparent: 'nonsense' })]);
  expect(seen).toHaveLength(3);
  expect(seen.filter((trace) => trace !== undefined)).toEqual([CALLER]);
  expect(traces.current()).toBeUndefined();
});

it('each request is a span, under that of its caller; what machines ask all the time is none', async () => {
  const receiver = await otlpReceiver();
  const exporter = new OTLPTraceExporter({ url: `${receiver.url}/v1/traces` });
  const sampling = { isParentBased: true, ratio: 1 };
  const { tracer, close } = otlpTracing(sampling, { version: '1.2.3', exporter });
  const { app } = testApi({ traces: requestTraces(spansOfRequests(tracer, api)) });
  onTestFinished(async () => {
    await app.close();
    await receiver.close();
  });
  await app.inject({ url: '/api/v1/tracks', headers: { traceparent: CALLER } });
  await app.inject({ url: '/api/v1/tracks/a/b/c' });
  await app.inject({ url: '/health/live' });
  await app.inject({ url: '/metrics' });
  await close();
  expect(receiver.faults).toEqual([]);
  expect(receiver.spans).toHaveLength(2);
  const [first, second] = receiver.spans;
  expect(first).toMatchObject({ name: 'GET /api/v1/tracks', kind: 2, traceId: TRACE });
  expect(first?.parentSpanId).toBe('00f067aa0ba902b7');
  expect(second?.parentSpanId).toBeUndefined();
  expect(second?.traceId).not.toBe(TRACE);
  const attributes = Object.fromEntries((first?.attributes ?? []).map(({ key, value }) => [key, value]));
  expect(attributes).toMatchObject({
    'http.request.method': { stringValue: 'GET' },
    'http.response.status_code': { intValue: 200 },
    'sluice.request_id': { stringValue: expect.any(String) },
    'sluice.tenant': { stringValue: expect.any(String) },
  });
});

it('without an endpoint nothing is sent, and what cannot be followed is logged', async () => {
  const lines: string[] = [];
  const log = createLog({ destination: { write: (line: string) => void lines.push(line) } });
  const off = await openTracing({}, { version: '1.2.3', log });
  expect(off.sender).toBeNull();
  expect(lines).toEqual([]);
  const wrong = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  expect((await openTracing(wrong, { version: '1.2.3', log })).sender).toBeNull();
  expect(lines.join()).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
});
