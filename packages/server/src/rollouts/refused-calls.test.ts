import { releaseRequestSchema } from '@sluice/protocol/http/requests.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GuardedOutgoing } from '../outgoing/guarded-outgoing.ts';
import { outgoingUnder } from '../outgoing/testing/outgoing-under.ts';
import { rowCounts } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { declaredApplication } from './declared-application.ts';
import { judgeCalls } from './refused-calls.ts';
import { accepted, ControlPlaneRig, refused } from './testing/control-plane-rig.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'prometheus.monitoring': ['10.3.0.9'],
  'quality.example': ['93.184.216.34'],
  'budget.example': ['127.0.0.1'],
};
const opened: GuardedOutgoing[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((outgoing) => outgoing.close()));
});

const TEXT = `application: shop
components:
  web:
    image: ghcr.io/acme/web:1
    port: 8080
    target: kubernetes
    kubernetes: { metrics: { prometheus: "http://prometheus.monitoring:9090" } }
    strategy:
      canary:
        measurements:
          quality: { web: "https://quality.example/score?of={{candidate}}" }
          orders: { prometheus: { query: up, address: "http://prometheus.monitoring:9090" }, max: 1 }
          odd: { web: "http://169.254.169.254/latest/meta-data/" }
`;
const AGENTS = `application: shop
components:
  agent:
    kind: agents
    image: ghcr.io/acme/agent:1
    target: kubernetes
    agents:
      server: https://sluice.example
      hooks: { budget: { at: before-task, url: "http://budget.example:9000/check" } }
`;

async function judged(rules: string, text = TEXT, organisation: string | null = null) {
  const outgoing = outgoingUnder(rules, {
    organisation,
    resolve: async (host) => NAMES[host] ?? Promise.reject(new Error('nobody knows it')),
  });
  opened.push(outgoing);
  const request = releaseRequestSchema.parse({ text, file: 'sluice.yaml', baseDirectory: '/nowhere' });
  const declared = declaredApplication(request, { isForeign: organisation !== null });
  if (!declared.ok) return { refused: { refusal: declared.refusal }, warnings: [] };
  return judgeCalls(outgoing.check, declared.value.components);
}

describe('what a release has called', () => {
  it('is refused where it lies inside, with who names it, the address, the rule and the flag', async () => {
    const { refused: found } = await judged('');
    expect(found?.refusal).toMatchObject({ status: 422, code: 'refused-destination' });
    expect(found?.refusal.detail).toContain('the metrics of web');
    expect(found?.refusal.detail).toContain('the measurement orders of web');
    expect(found?.refusal.detail).toContain(
      'prometheus.monitoring is 10.3.0.9, which lies in a private network',
    );
    expect(found?.refusal.detail).toContain('--allow-outgoing 10.3.0.9:9090');
    expect(found?.refusal.detail).toContain('the measurement odd of web: 169.254.169.254:80 is refused');
    expect(found?.refusal.detail).not.toContain('quality');
  });

  it('is taken where the network is allowed, but where clouds hand out credentials only by the very address', async () => {
    const { refused: found } = await judged('0.0.0.0/0');
    expect(found?.refusal.detail).toMatch(/^the measurement odd of web: .*credentials of the machine/);
    expect(await judged('10.3.0.0/16,169.254.169.254')).toEqual({ warnings: [] });
  });

  it('is judged by what is allowed to the organisation, and not by what the operator may reach', async () => {
    const own = await judged('10.3.0.0/16,169.254.169.254', TEXT, 'acme');
    expect(own.refused?.refusal.detail).toContain('--allow-outgoing acme=');
    const rules = 'acme=10.3.0.0/16,acme=169.254.169.254';
    expect(await judged(rules, TEXT, 'acme')).toEqual({ warnings: [] });
  });

  it('is a hook, too', async () => {
    const { refused: found } = await judged('', AGENTS);
    expect(found?.refusal.detail).toContain('the hook budget of agent');
    expect(await judged('127.0.0.1:9000', AGENTS)).toEqual({ warnings: [] });
  });

  it('is told of where nobody knows the host now, which may come', async () => {
    const text = TEXT.replaceAll('prometheus.monitoring', 'prometheus.nowhere');
    const { refused: none, warnings } = await judged('169.254.169.254', text);
    expect(none).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(
        /metrics of web, .*does not know the host of http:\/\/prometheus.nowhere:9090 now/,
      ),
    ]);
  });
});

describe('a release that would call what it may not', () => {
  const database = withDatabase();
  let rig: ControlPlaneRig;
  beforeEach(async () => {
    rig = await ControlPlaneRig.open(database.db);
  });
  afterEach(() => rig.close());

  it('is refused when it is planned and when it is made, and changes nothing', async () => {
    const outgoing = outgoingUnder('', { resolve: async (host) => NAMES[host] ?? [] });
    opened.push(outgoing);
    rig.check = outgoing.check;
    for (const dryRun of [true, false])
      expect(refused(await rig.release({ text: TEXT }, { dryRun }))).toMatchObject({
        code: 'refused-destination',
        detail: expect.stringContaining('--allow-outgoing 10.3.0.9:9090'),
      });
    expect(await rowCounts(database.db)).toEqual({});
    expect(accepted(await rig.release({}, { dryRun: true })).warnings).toEqual([]);
  });
});
