import type { Notice } from '@sluice/core/notify/notice.ts';

/** For tests: a rollout that is held. */
export function sampleNotice(changes: Partial<Notice> = {}): Notice {
  return {
    event: {
      specversion: '1.0',
      id: 'event-42',
      source: 'urn:sluice:5f0d7a3c-8a53-4c53-9f5b-1f6f2f0a2a11:default',
      type: 'dev.sluice.rollout.held.v1',
      subject: 'shop/production/web/ro-7',
      time: '2026-11-22T12:00:00.000Z',
      datacontenttype: 'application/json',
      data: {
        track: 'shop/production/web',
        application: 'shop',
        environment: 'production',
        component: 'web',
        rollout: 'ro-7',
        version: '1.4.2',
      },
    },
    severity: 'warning',
    words: {
      title: 'shop/production/web: 1.4.2 is held',
      sentence: 'The error rate of 1.4.2 is 2.1 %, at most 1 % is allowed.',
      next: 'It keeps its share of 25 % until somebody decides.',
      action: 'Promote it, or take it back with `sluice abort`.',
    },
    about: {
      track: 'shop/production/web',
      application: 'shop',
      environment: 'production',
      component: 'web',
      rollout: 'ro-7',
      version: '1.4.2',
      requestedBy: 'person:ada',
      stage: 'held',
      source: {
        repository: 'https://git.example/acme/shop',
        commit: '5f0d7a3c8a534c539f5b1f6f2f0a2a11aabbccdd',
        ref: 'refs/heads/main',
        message: 'SHOP-12: quicker checkout',
      },
    },
    link: 'https://sluice.example/rollouts/ro-7',
    earlier: null,
    commands: [],
    ...changes,
  };
}

/** For tests: what people may write into names and messages to harm a reader. */
export const HOSTILE_TEXT =
  '<!channel> <@U1> @everyone @here <script>alert(1)</script> [x](javascript:alert(1)) *b* _i_ `c` ~s~ > q\r\nBcc: eve@evil.example\r\n\r\n\u202e\u0000</at> &lt; {{7*7}} "\\';
