import type { PoolView } from '@sluice/protocol/http/pools.ts';
import type { QueueView, WorkerView } from '@sluice/protocol/http/queues.ts';
import { useEffect } from 'react';
import { useAnswer, useApi, useEvents } from '../../api/dashboard-api.tsx';
import { listQuestion } from '../../api/questions.ts';
import { useMayEverywhere } from '../../api/viewer.ts';
import { AskButton } from '../../parts/ask-button.tsx';
import { countWords, shareWords } from '../../parts/figures.ts';
import { ListPanel } from '../../parts/list-panel.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Time } from '../../parts/time.tsx';
import { Link } from '../../routing/location.tsx';
import './agents.css';
import { tasksAddress } from './task-words.ts';

const EVERY_MS = 3000;
const LISTS: ReadonlySet<string> = new Set(['queues', 'pools', 'workers']);

/** What agents have to do, who does it, and how many of them there are to be. */
export function AgentsPage() {
  const { answers } = useApi();
  // What a release changes is shown at once; how long lines are, no event tells.
  useEvents(() => answers.renew((name) => LISTS.has(name)));
  useEffect(() => {
    document.title = 'Agents · Sluice';
  }, []);
  return (
    <div className="stack">
      <div className="page-head">
        <div>
          <h1>Agents</h1>
        </div>
      </div>
      <Queues />
      <Pools />
      <Workers />
    </div>
  );
}

interface QueueRow {
  readonly track: string;
  readonly part: QueueView['revisions'][number];
}

function Queues() {
  const { client } = useApi();
  const question = listQuestion<QueueView>('queues', (page) => client.queues(page));
  const answer = useAnswer(question, EVERY_MS);
  const rows = answer.value?.items.flatMap(({ track, revisions }): QueueRow[] =>
    revisions.map((part) => ({ track, part })),
  );
  return (
    <ListPanel<QueueRow>
      title="Queues"
      about="Tasks that are still to be done, or were given up, by the revision that they were dealt to."
      answer={{ ...answer, value: rows && { items: rows } }}
      keyOf={({ track, part }) => `${track} ${part.revision}`}
      empty={{
        icon: 'agents',
        title: 'No queues',
        words: 'Release a component of agents, or register an agent; its tasks wait here.',
      }}
      columns={[
        { name: 'Agent', cell: ({ track }) => <Link href={tasksAddress(track)}>{track}</Link> },
        { name: 'Revision', cell: ({ part }) => <span className="mono">{part.revision}</span> },
        { name: 'Gets', cell: ({ part }) => shareWords(part.shareBasisPoints) },
        { name: 'Waiting', cell: ({ part }) => countWords(part.waiting) },
        { name: 'Scheduled', cell: ({ part }) => countWords(part.scheduled) },
        { name: 'Running', cell: ({ part }) => countWords(part.running) },
        { name: 'Dead', cell: ({ part }) => <Dead count={part.dead} /> },
        { name: 'Workers', cell: ({ part }) => countWords(part.workers) },
        { name: 'Oldest', cell: ({ part }) => (part.oldestAt === null ? '–' : <Time at={part.oldestAt} />) },
      ]}
    />
  );
}

const Dead = ({ count }: { readonly count: number }) =>
  count === 0 ? (
    '0'
  ) : (
    <Mark tone="bad" icon="bad">
      {countWords(count)}
    </Mark>
  );

function Pools() {
  const { client } = useApi();
  const answer = useAnswer({ name: 'pools', ask: () => client.pools({}) }, EVERY_MS);
  return (
    <ListPanel<PoolView>
      title="Pools"
      about="How many workers there are to be, and why."
      answer={answer}
      keyOf={({ track, revision }) => `${track} ${revision}`}
      empty={{
        icon: 'host',
        title: 'No pools',
        words: (
          <>
            An agent has one when its file says <code>agents.pool</code>. Without, it has as many workers as{' '}
            <code>instances</code> says.
          </>
        ),
      }}
      columns={[
        { name: 'Agent', cell: ({ track }) => track },
        { name: 'Revision', cell: ({ revision }) => <span className="mono">{revision}</span> },
        { name: 'Workers', cell: ({ workers, isAsleep }) => (isAsleep ? 'asleep' : countWords(workers)) },
        { name: 'Leaving', cell: ({ leaving }) => countWords(leaving) },
        { name: 'Why', cell: ({ why }) => why },
        { name: 'Since', cell: ({ decidedAt }) => <Time at={decidedAt} /> },
      ]}
    />
  );
}

const HEALTH = {
  well: ['good', 'good', 'Well'],
  ejected: ['bad', 'bad', 'Ejected'],
  probed: ['warn', 'waiting', 'On trial'],
} as const;

function Workers() {
  const { client } = useApi();
  const may = useMayEverywhere('agents:manage');
  const question = listQuestion<WorkerView>('workers', (page) => client.agents(page));
  const answer = useAnswer(question, EVERY_MS);
  return (
    <ListPanel<WorkerView>
      title="Workers"
      about="Connected to the control plane that answers."
      answer={answer}
      keyOf={({ worker }) => worker}
      empty={{ icon: 'agents', title: 'No worker is connected', words: 'Tasks wait until one is.' }}
      columns={[
        { name: 'Worker', cell: ({ worker }) => <span className="mono">{worker}</span> },
        { name: 'Agent', cell: ({ track }) => <Link href={tasksAddress(track)}>{track}</Link> },
        { name: 'Revision', cell: ({ revision }) => <span className="mono">{revision}</span> },
        { name: 'Health', cell: ({ health }) => <Health health={health} /> },
        { name: 'Running', cell: ({ running, wanted }) => `${running} of ${running + wanted}` },
        { name: 'Can do', cell: ({ capabilities }) => capabilities.join(', ') || 'anything' },
        ...(may.allowed ? [{ name: ' ', cell: ({ worker }: WorkerView) => <Drain worker={worker} /> }] : []),
      ]}
    />
  );
}

function Health({ health }: { readonly health: WorkerView['health'] }) {
  const [tone, icon, word] = HEALTH[health];
  return (
    <Mark tone={tone} icon={icon}>
      {word}
    </Mark>
  );
}

function Drain({ worker }: { readonly worker: string }) {
  const { client } = useApi();
  return (
    <AskButton
      label="Drain"
      of={worker}
      buttonWeight="quiet"
      title={`Drain ${worker}?`}
      action="Drain"
      act={() => client.drainAgent(worker)}
      said={`${worker} gets nothing new`}
    >
      <p>It gets no further task, finishes what it has, and leaves. Nothing is lost.</p>
    </AskButton>
  );
}
