import { afterEach, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { Arm } from './arm.ts';
import { ArmCounts } from './arm-counts.ts';
import type { Lane, Upstream } from './upstream.ts';

let drained = 0;
const arm = (): Arm =>
  new Arm('v1', new ArmCounts('t', 'v1'), { limits: DEFAULT_LIMITS, onDrained: () => void drained++ });
const at = (port: number, draining = false) => ({
  revision: 'v1',
  host: '127.0.0.1' as const,
  port,
  draining,
});
const withPorts = (...ports: number[]): Arm => {
  const made = arm();
  made.setEndpoints(
    ports.map((port) => at(port)),
    'http1',
  );
  return made;
};
const byPort = (of: Arm, port: number): Upstream => of.upstreams.find((one) => one.port === port) as Upstream;

afterEach(() => {
  drained = 0;
});

it('of two instances the one with fewer requests is picked, always', () => {
  const two = withPorts(1, 2);
  byPort(two, 1).take();
  for (let index = 0; index < 20; index++) expect(two.pick(0)?.port).toBe(2);
});

it('over many instances picks spread over all', () => {
  const many = withPorts(1, 2, 3, 4, 5);
  for (let index = 0; index < 200; index++) many.pick(0)?.take();
  for (const { inFlight } of many.upstreams) expect(inFlight).toBeGreaterThan(30);
});

it('an instance is passed over after three failures in a row, twice as long each time, and not after an answer', () => {
  const two = withPorts(1, 2);
  const bad = byPort(two, 1);
  for (let failure = 0; failure < 2; failure++) bad.failedToConnect(0);
  expect(bad.ejectedUntilMs).toBe(0);
  bad.failedToConnect(0);
  expect(bad.ejectedUntilMs).toBe(DEFAULT_LIMITS.ejectMs);
  for (let index = 0; index < 20; index++) expect(two.pick(999)?.port).toBe(2);
  bad.failedToConnect(1_000);
  expect(bad.ejectedUntilMs).toBe(1_000 + 2 * DEFAULT_LIMITS.ejectMs);
  for (let failure = 0; failure < 40; failure++) bad.failedToConnect(0);
  expect(bad.ejectedUntilMs).toBe(DEFAULT_LIMITS.ejectMaxMs);
  bad.answered();
  expect(bad.ejectedUntilMs).toBe(0);
});

it('the last instances are asked even when all are passed over', () => {
  const one = withPorts(1);
  for (let failure = 0; failure < 5; failure++) byPort(one, 1).failedToConnect(0);
  expect(one.pick(0)?.port).toBe(1);
  const two = withPorts(1, 2);
  for (const upstream of two.upstreams)
    for (let failure = 0; failure < 5; failure++) upstream.failedToConnect(0);
  expect(two.pick(0)).toBeDefined();
});

it('what was tried is not picked again', () => {
  const two = withPorts(1, 2);
  expect(two.pick(0, [byPort(two, 1)])?.port).toBe(2);
  expect(two.pick(0, two.upstreams)).toBeUndefined();
});

it('an instance that drains, or is gone, takes nothing new and reports each request that ends', () => {
  const two = withPorts(1, 2);
  const leaving = byPort(two, 1);
  const lane = leaving.take() as Lane;
  two.setEndpoints([at(1, true), at(2)], 'http1');
  for (let index = 0; index < 20; index++) expect(two.pick(0)?.port).toBe(2);
  two.setEndpoints([at(2)], 'http1');
  expect(two.upstreams).toContain(leaving);
  leaving.release(lane);
  expect(drained).toBe(1);
  two.setEndpoints([at(2)], 'http1');
  expect(two.upstreams).not.toContain(leaving);
});

it('connections are used again, last one first, and no more are made than allowed', () => {
  const limited = new Arm('v1', new ArmCounts('t', 'v1'), {
    limits: { ...DEFAULT_LIMITS, connectionsPerInstance: 2 },
    onDrained: () => undefined,
  });
  limited.setEndpoints([at(1)], 'http1');
  const upstream = byPort(limited, 1);
  const [first, second] = [upstream.take() as Lane, upstream.take() as Lane];
  expect(upstream.take()).toBeUndefined();
  upstream.release(first);
  upstream.release(second);
  expect(upstream.take()).toBe(second);
  expect(upstream.inFlight).toBe(1);
});
