import { callApi, type ApiReply } from '@sluice/protocol/http/api-call.ts';
import { type TaskEventView, taskEventPageSchema } from '@sluice/protocol/http/task-events.ts';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { listQuestion } from '../../api/questions.ts';
import { Answered, Empty } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { eventWords } from './task-words.ts';

const ROW_PX = 28;
const EVERY_MS = 1500;
const TIMEOUT_MS = 15_000;

type Page = { readonly items: readonly TaskEventView[]; readonly next: string | null };

/** What workers tell of a task, as it comes. */
export function TaskEvents({ task, isOver }: { readonly task: string; readonly isOver: boolean }) {
  const { session } = useApi();
  const connection = { baseUrl: location.origin, timeoutMs: TIMEOUT_MS, fetch: session.fetch };
  const question = listQuestion<TaskEventView>(`task-events:${task}`, async ({ cursor, limit }) => {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
    const path = `/api/v1/tasks/${encodeURIComponent(task)}/events?${query}`;
    return (await callApi(connection, taskEventPageSchema, { method: 'GET', path })) as ApiReply<Page>;
  });
  const answer = useAnswer(question, isOver ? undefined : EVERY_MS);
  return (
    <section className="panel" aria-label="What was told">
      <div className="panel-head">
        <h2>What was told</h2>
      </div>
      <Answered answer={answer} what="what was told" height={120}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="idle" title={isOver ? 'Nothing was told of it' : 'Nothing was told of it yet'} />
          ) : (
            <Told events={items} />
          )
        }
      </Answered>
    </section>
  );
}

const Told = ({ events }: { readonly events: readonly TaskEventView[] }) => (
  <VirtualList
    items={events}
    keyOf={({ sequence }) => String(sequence)}
    rowHeight={ROW_PX}
    height={ROW_PX * 14}
    label="What was told, in order"
  >
    {(told) => (
      <div className="task-event">
        <Time at={told.at} as="clock" />
        <span className="muted">attempt {told.attempt}</span>
        <span className="mono cut">{eventWords(told)}</span>
      </div>
    )}
  </VirtualList>
);
