import type { TaskStateView, TaskSummaryView } from '@sluice/protocol/http/tasks.ts';
import { useEffect } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { listQuestion } from '../../api/questions.ts';
import { countWords } from '../../parts/figures.ts';
import { Mark } from '../../parts/mark.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { Link, useQueryWord } from '../../routing/location.tsx';
import type { PageProps } from '../../routing/routes.ts';
import './agents.css';
import { TASK_LOOKS, taskAddress } from './task-words.ts';

const ROW_PX = 40;
/** Parts of 200 tasks that are read, each time anew: more keep whoever looks waiting, and nobody reads them. */
const PAGES = 2;
const EVERY_MS = 3000;
const STATES = Object.keys(TASK_LOOKS) as readonly TaskStateView[];

/** The tasks of one agent, newest first. */
export function TasksPage({ words }: PageProps) {
  const { client } = useApi();
  const track = [words['application'], words['environment'], words['component']].join('/');
  const [wanted, setWanted] = useQueryWord('state');
  const state = STATES.find((one) => one === wanted);
  const question = listQuestion<TaskSummaryView>(
    `tasks:${track} ${state ?? ''}`,
    (page) => client.tasks(track, { state, ...page }),
    PAGES,
  );
  const answer = useAnswer(question, EVERY_MS);
  useEffect(() => {
    document.title = `${track} · Agents · Sluice`;
  }, [track]);
  return (
    <div className="stack">
      <div className="page-head">
        <div>
          <p className="crumbs">
            <Link href="/agents">Agents</Link> / {track}
          </p>
          <h1>Tasks</h1>
        </div>
      </div>
      <section className="panel" aria-label="Tasks">
        <div className="panel-head">
          <div className="chips" role="group" aria-label="Which tasks">
            {['', ...STATES].map((name) => (
              <button key={name} type="button" aria-pressed={name === wanted} onClick={() => setWanted(name)}>
                {name === '' ? 'All' : TASK_LOOKS[name as TaskStateView][2]}
              </button>
            ))}
          </div>
        </div>
        <Answered answer={answer} what="the tasks" height={400}>
          {({ items, isWhole }) => (
            <>
              <Tasks tasks={items} />
              {!isWhole && (
                <p className="small muted panel-body" role="status">
                  The newest {countWords(items.length)}. Earlier ones are found by their state, or with{' '}
                  <code>sluice tasks list</code>.
                </p>
              )}
            </>
          )}
        </Answered>
      </section>
    </div>
  );
}

function Tasks({ tasks }: { readonly tasks: readonly TaskSummaryView[] }) {
  if (tasks.length === 0) {
    return (
      <Empty icon="idle" title="No such tasks">
        <p>Tasks are submitted over the API, by a schedule, or with the command line.</p>
      </Empty>
    );
  }
  return (
    <VirtualList
      items={tasks}
      keyOf={({ id }) => id}
      rowHeight={ROW_PX}
      height={ROW_PX * 16}
      label="Tasks, newest first"
      flows
    >
      {(task) => (
        <Link href={taskAddress(task.id)} className="list-row task-row" data-row>
          <TaskMark state={task.state} />
          <span className="mono cut">{task.id}</span>
          <span className="mono cut muted">{task.revision}</span>
          <span className="cut muted">{task.failure?.message ?? task.worker ?? ''}</span>
          <Time at={task.createdAt} />
        </Link>
      )}
    </VirtualList>
  );
}

/** Where a task stands. */
export function TaskMark({
  state,
  form,
}: {
  readonly state: TaskStateView;
  readonly form?: 'pill' | 'plain';
}) {
  const [tone, icon, word] = TASK_LOOKS[state];
  return (
    <Mark tone={tone} icon={icon} form={form ?? 'plain'}>
      {word}
    </Mark>
  );
}
