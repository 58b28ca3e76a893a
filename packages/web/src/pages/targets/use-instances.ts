import type { TrackInstancesView } from '@sluice/protocol/http/instances.ts';
import type { Answer } from '../../api/answers.ts';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { listQuestion, type LongList } from '../../api/questions.ts';

/** What instances use is looked at so often. */
const EVERY_MS = 4000;
/** Pages of 200 components; of more nobody sees every instance at once. */
const PAGES = 10;

/** Every instance of every component, or of one. */
export function useInstances(track?: string): Answer<LongList<TrackInstancesView>> {
  const { client } = useApi();
  const name = track === undefined ? 'instances' : `instances:${track}`;
  return useAnswer(
    listQuestion(name, (page) => client.instances({ track, ...page }), PAGES),
    EVERY_MS,
  );
}
