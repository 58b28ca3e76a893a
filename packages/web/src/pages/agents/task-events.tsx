import type { TaskEventView } from '@sluice/protocol/http/task-events.ts';
import { useState } from 'react';
import { Empty, Failed, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { eventWords } from './task-words.ts';
import { useTaskStream } from './use-task-stream.ts';

const ROW_PX = 28;

/** What workers tell of a task, as it comes. */
export function TaskEvents({ task, isOver }: { readonly task: string; readonly isOver: boolean }) {
  const { events, isKnown, failure } = useTaskStream(task);
  return (
    <section className="panel" aria-label="What was told">
      <div className="panel-head">
        <h2>What was told</h2>
      </div>
      {events.length > 0 ? (
        <Told events={events} />
      ) : failure ? (
        <Failed failure={failure} />
      ) : isKnown ? (
        <Empty icon="idle" title={isOver ? 'Nothing was told of it' : 'Nothing was told of it yet'} />
      ) : (
        <Loading height={120} what="what was told" />
      )}
    </section>
  );
}

function Told({ events }: { readonly events: readonly TaskEventView[] }) {
  const [isFollowing, setFollowing] = useState(true);
  return (
    <VirtualList
      items={events}
      keyOf={({ sequence }) => String(sequence)}
      rowHeight={ROW_PX}
      height={ROW_PX * 14}
      label="What was told, in order"
      flows
      follow={{ isOn: isFollowing, set: setFollowing }}
    >
      {(told) => (
        <div className="task-event">
          <Time at={told.at} as="clock" />
          <span className="muted">attempt {told.attempt}</span>
          <span className="mono cut" title={eventWords(told)}>
            {eventWords(told)}
          </span>
        </div>
      )}
    </VirtualList>
  );
}
