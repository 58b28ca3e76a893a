import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { describe, expect, it } from 'vitest';
import { type HttpCaller, httpCaller } from '../api/http-caller.ts';
import { callerOptionsOf } from '../node-player/kubeconfig.ts';
import { findDifferences } from './find-differences.ts';
import { readRecording, topicsBeyond } from './recording.ts';
import { replayOver } from './replay-topic.ts';

/** Environment variable with the path of a kubeconfig that may do everything in a cluster that is there for tests. */
const kubeconfig = process.env['SLUICE_TEST_KUBECONFIG'];

/** Users of the recordings that this cluster does not know: their requests are not compared. */
const OTHERS = { limited: '' };

if (!kubeconfig)
  reportSkip('recordings against a real Kubernetes API server: SLUICE_TEST_KUBECONFIG is not set');

// Without a real server there is nothing to compare with; the reason is told above.
describe.skipIf(!kubeconfig)('a real API server', () => {
  it.each(topicsBeyond)('still answers as it was recorded: %s', async (topic) => {
    const caller = httpCaller({ ...callerOptionsOf(kubeconfig ?? ''), tokens: OTHERS });
    try {
      const replayed = await replayOver(caller, topic);
      const lines = readRecording(topic).filter(({ request }) => request?.as === undefined);
      const same = replayed.filter(({ request }) => request?.as === undefined);
      expect(findDifferences(lines, same)).toEqual([]);
    } finally {
      await removeNamespace(caller, `rec-${topic}`);
      caller.close();
    }
  });
});

/** Deletes a namespace and waits until it is gone, so that the next run finds none. */
async function removeNamespace(caller: HttpCaller, name: string): Promise<void> {
  const path = '/api/v1/namespaces';
  let isGone: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    isGone = resolve;
  });
  const watch = await caller.watch(
    { method: 'GET', path, query: { fieldSelector: `metadata.name=${name}` } },
    ({ type }) => {
      if (type === 'DELETED') isGone();
    },
  );
  const { status } = await caller.send({ method: 'DELETE', path: `${path}/${name}` });
  if (status === 200) await gone;
  watch.close();
}
