import type { EventView, RolloutView } from '@sluice/protocol/http/views.ts';
import { useState } from 'react';
import { LogViewer } from '../../parts/log-viewer.tsx';
import { Sentence } from '../../parts/person.tsx';
import { RevisionDifference } from '../../parts/revision-difference.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { useQueryWord } from '../../routing/location.tsx';
import { useRolloutEvents } from './use-rollout-events.ts';

const NAMES = ['Events', 'Logs', 'Plan', 'Changes'] as const;

/** Everything that is told of a rollout: events, logs, the plan, and what the revision changes. */
export function RolloutDetails({ rollout }: { readonly rollout: RolloutView }) {
  const [word, choose] = useQueryWord('tab');
  const chosen = NAMES.find((name) => name.toLowerCase() === word) ?? 'Events';
  return (
    <section className="panel" aria-label="Details">
      <Tabs
        label="Details"
        names={NAMES}
        chosen={chosen}
        choose={(name) => choose(name === 'Events' ? '' : name.toLowerCase())}
      >
        {chosen === 'Events' && <Events rollout={rollout} />}
        {chosen === 'Logs' && <Logs rollout={rollout} />}
        {chosen === 'Plan' && <Plan rollout={rollout} />}
        {chosen === 'Changes' && (
          <RevisionDifference track={rollout.track} from={rollout.stable} to={rollout.candidate} />
        )}
      </Tabs>
    </section>
  );
}

const EVENT_PX = 32;

function Events({ rollout }: { readonly rollout: RolloutView }) {
  const answer = useRolloutEvents(rollout.id);
  return (
    <Answered answer={answer} what="the events" height={EVENT_PX * 8}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty icon="waiting" title="Nothing has happened yet" />
        ) : (
          <VirtualList
            items={newestFirst(items)}
            keyOf={({ sequence }) => String(sequence)}
            rowHeight={EVENT_PX}
            height={EVENT_PX * 14}
            label="Events, newest first"
            flows
          >
            {(event) => (
              <div className="event">
                <Time at={event.at} as="clock" />
                <span className="cut" title={event.words}>
                  <Sentence text={event.words} />
                </span>
                <span className="mono muted cut">{event.kind}</span>
              </div>
            )}
          </VirtualList>
        )
      }
    </Answered>
  );
}

const newestFirst = (events: readonly EventView[]): readonly EventView[] => [...events].reverse();

function Logs({ rollout }: { readonly rollout: RolloutView }) {
  const [side, setSide] = useState<'candidate' | 'stable'>('candidate');
  return (
    <>
      {rollout.stable !== null && (
        <div className="chips tab-head" role="group" aria-label="Whose logs">
          {(['candidate', 'stable'] as const).map((name) => (
            <button key={name} type="button" aria-pressed={side === name} onClick={() => setSide(name)}>
              {name}
            </button>
          ))}
        </div>
      )}
      <LogViewer track={rollout.track} revision={rollout[side] ?? rollout.candidate} />
    </>
  );
}

function Plan({ rollout: { plan } }: { readonly rollout: RolloutView }) {
  return (
    <div className="panel-body stack">
      {plan.warnings.map((warning) => (
        <p key={warning} className="note" data-tone="warn">
          {warning}
        </p>
      ))}
      <ol className="plan">
        {plan.steps.map(({ words }, at) => (
          <li key={at}>{words}</li>
        ))}
      </ol>
      {plan.detects !== null && <p>{plan.detects}</p>}
      {plan.limits.length > 0 && (
        <>
          <h3>Hard limits</h3>
          <ul className="sentences">
            {plan.limits.map(({ limit, words }) => (
              <li key={limit}>
                <strong>{limit}</strong> <span className="muted">{words}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
