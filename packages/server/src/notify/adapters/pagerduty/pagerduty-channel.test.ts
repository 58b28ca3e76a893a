import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NoticeStage } from '@sluice/core/notify/notice.ts';
import { pagerdutySettingsSchema } from '@sluice/protocol/channels/pagerduty-settings.ts';
import { describeChannelContract } from '../../channel.contract.ts';
import { deliverAll } from '../../testing/deliver-all.ts';
import { type PagerdutyProvider, startPagerdutyProvider } from '../../testing/pagerduty-provider.ts';
import { providerSubject } from '../../testing/provider-subject.ts';
import { SAMPLE_NOTICES, sampleOf, TEST_NOTICE } from '../../testing/sample-notices.ts';
import { pagerdutyAdapter } from './pagerduty-channel.ts';

const KEY = 'R0UTINGKEYR0UTINGKEYR0UTINGKEY32';
const ALERT = 'sluice/storefront/production/web/rol-01k2v7';

const channelAt = (url: string, wishes: object = {}) =>
  pagerdutyAdapter.open(
    pagerdutySettingsSchema.parse({ kind: 'pagerduty', routingKey: { env: 'PAGERDUTY' }, url, ...wishes }),
    async () => KEY,
  );

describeChannelContract('PagerDuty', async () =>
  providerSubject({
    provider: await startPagerdutyProvider(KEY),
    channelAt,
    secrets: [KEY],
    harmful: ['\u202e', '\u0000', '\r'],
  }),
);

describe('PagerDuty', () => {
  let pagerduty: PagerdutyProvider;
  beforeEach(async () => {
    pagerduty = await startPagerdutyProvider(KEY);
  });
  afterEach(() => pagerduty.server.close());
  const tell = async (stages: readonly NoticeStage[], wishes: object = {}) => {
    const delivered = await deliverAll(channelAt(pagerduty.server.url, wishes), stages.map(sampleOf));
    expect(pagerduty.faults).toEqual([]);
    return delivered;
  };

  it('says what happened, why, what comes next and what to do', async () => {
    await deliverAll(channelAt(pagerduty.server.url), SAMPLE_NOTICES);
    await expect(pagerduty.taken.join('\n\n---\n\n')).toMatchFileSnapshot('./pagerduty-events.golden.txt');
  });

  it.each<[string, readonly NoticeStage[], string | undefined]>([
    ['opens no alert for what goes well', ['started', 'waits-for-approval', 'succeeded'], undefined],
    ['opens an alert for a release that is held', ['started', 'held'], 'triggered'],
    ['resolves it when the release has ended well', ['held', 'succeeded'], 'resolved'],
    ['resolves it when the release was taken back for good', ['rolling-back', 'rolled-back'], 'resolved'],
    ['leaves it open while the release is stuck', ['rolling-back', 'stuck'], 'triggered'],
    ['opens it again when it fails again', ['held', 'succeeded', 'stuck'], 'triggered'],
  ])('%s', async (_, stages, state) => {
    await tell(stages);
    expect(pagerduty.alerts.get(ALERT)).toBe(state);
  });

  const news = (kind: string, severity: 'info' | 'warning') => {
    const notice = sampleOf('held');
    const about = notice.about && { ...notice.about, stage: 'running' as const };
    return { ...notice, about, severity, event: { ...notice.event, type: `dev.sluice.${kind}.v1` } };
  };

  it('opens an alert for trouble in the middle, and leaves it open while other things happen', async () => {
    await deliverAll(channelAt(pagerduty.server.url), [
      news('rollout.unhealthy', 'warning'),
      news('track.capacity-ordered', 'info'),
    ]);
    expect(pagerduty.alerts.get(ALERT)).toBe('triggered');
  });

  it('resolves an alert when the release goes on', async () => {
    await deliverAll(channelAt(pagerduty.server.url), [sampleOf('held'), news('rollout.resumed', 'info')]);
    expect(pagerduty.alerts.get(ALERT)).toBe('resolved');
  });

  it('resolves the alert of a track by another rollout of it', async () => {
    await tell(['held'], { alertPer: 'track' });
    await tell(['succeeded'], { alertPer: 'track' });
    expect(pagerduty.alerts.get('sluice/storefront/production/web')).toBe('resolved');
  });

  it('opens an alert for what matters and is about no rollout', async () => {
    await deliverAll(channelAt(pagerduty.server.url), [{ ...TEST_NOTICE, severity: 'critical' }]);
    expect([...pagerduty.alerts.values()]).toEqual(['triggered']);
  });

  it('acknowledges an alert when the release is being taken back and that alone is no alarm', async () => {
    await tell(['stuck', 'rolling-back'], { alertFrom: 'critical' });
    expect(pagerduty.alerts.get(ALERT)).toBe('acknowledged');
  });

  it('has one alert for a track when that is wanted', async () => {
    await tell(['held'], { alertPer: 'track' });
    expect([...pagerduty.alerts.keys()]).toEqual(['sluice/storefront/production/web']);
  });

  it('sends beginnings and ends as changes, unless nobody wants them', async () => {
    await tell(['started', 'succeeded']);
    expect(pagerduty.taken.map((event) => event.split('\n')[0])).toEqual(['change', 'change']);
    await tell(['started', 'succeeded'], { changes: false });
    expect(pagerduty.taken).toHaveLength(2);
  });

  it('wakes nobody for a test', async () => {
    await deliverAll(channelAt(pagerduty.server.url), [TEST_NOTICE]);
    expect(pagerduty.alerts.size).toBe(0);
    expect(pagerduty.taken).toEqual([expect.stringContaining('This channel works')]);
  });

  it('names a track with a very long name by its hash', async () => {
    const notice = sampleOf('held');
    const track = `${'a'.repeat(100)}/${'b'.repeat(100)}/${'c'.repeat(100)}`;
    const about = notice.about && { ...notice.about, track };
    await deliverAll(channelAt(pagerduty.server.url), [{ ...notice, about }]);
    expect(pagerduty.faults).toEqual([]);
  });
});
