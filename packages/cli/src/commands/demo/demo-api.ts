import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { releaseReplySchema, type ReleaseReply } from '@sluice/protocol/http/requests.ts';
import { trackSchema, type TrackView } from '@sluice/protocol/http/views.ts';
import type { DemoShop } from './demo-shop.ts';

/** What the demonstration asks of the control plane. */
export interface DemoApi {
  release(shop: DemoShop, version: string): Promise<ReleaseReply>;
  track(): Promise<TrackView>;
}

const TRACK = 'storefront/local/web';

/** Speaks to the API of a machine. */
export const demoApi = (apiPort: number): DemoApi => ({
  release: async (shop, version) => {
    const body = {
      text: await shop.text(),
      file: 'sluice.yaml',
      baseDirectory: shop.directory,
      version,
      by: 'demo',
    };
    return releaseReplySchema.parse(await call(apiPort, '/releases', body));
  },
  track: async () => trackSchema.parse(await call(apiPort, `/tracks/${TRACK}`)),
});

async function call(apiPort: number, path: string, body?: unknown): Promise<unknown> {
  const reply = await fetch(`http://127.0.0.1:${apiPort}/api/v1${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(30_000),
  });
  if (reply.ok) return reply.json();
  throw new SluiceError('unexpected', `the control plane refused ${path}: ${await reply.text()}`, {
    next: 'stop',
  });
}
