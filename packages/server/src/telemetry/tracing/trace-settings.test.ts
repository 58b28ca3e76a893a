import { expect, it } from 'vitest';
import { traceSettings } from './trace-settings.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

it('nothing is sent without an endpoint, nor where it is switched off', () => {
  const off = { on: false, warning: null };
  expect(traceSettings({})).toEqual(off);
  expect(traceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toEqual(off);
  expect(traceSettings({ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toEqual(off);
  expect(traceSettings({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toEqual(off);
});

it('every trace is kept, and a caller is followed, unless something else is said', () => {
  expect(traceSettings(ENDPOINT)).toEqual({
    on: true,
    sampling: { isParentBased: true, ratio: 1 },
    warning: null,
  });
  const sampled = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
  expect(traceSettings({ ...ENDPOINT, ...sampled })).toMatchObject({
    sampling: { isParentBased: false, ratio: 0.25 },
  });
  const none = { OTEL_TRACES_SAMPLER: 'parentbased_always_off' };
  expect(traceSettings({ ...ENDPOINT, ...none })).toMatchObject({
    sampling: { isParentBased: true, ratio: 0 },
  });
});

it('what cannot be followed is said, with what to do', () => {
  const warningOf = (more: Record<string, string>) => traceSettings({ ...ENDPOINT, ...more });
  expect(warningOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toMatchObject({
    on: false,
    warning: expect.stringContaining('http/json'),
  });
  expect(warningOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' })).toMatchObject({
    on: false,
    warning: expect.stringContaining('http://127.0.0.1:4318'),
  });
  expect(warningOf({ OTEL_TRACES_EXPORTER: 'zipkin' })).toMatchObject({ on: false });
  expect(warningOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' })).toMatchObject({
    on: true,
    warning: expect.stringContaining('http/json'),
  });
  expect(warningOf({ OTEL_TRACES_SAMPLER: 'jaeger_remote' })).toMatchObject({
    on: true,
    warning: expect.stringContaining('OTEL_TRACES_SAMPLER'),
  });
  expect(warningOf({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' })).toMatchObject({
    warning: expect.stringContaining('OTEL_TRACES_SAMPLER_ARG'),
  });
});
