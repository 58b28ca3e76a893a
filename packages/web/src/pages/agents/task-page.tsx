import type { TaskView } from '@sluice/protocol/http/tasks.ts';
import { type ReactNode, useEffect } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { useMay } from '../../api/viewer.ts';
import { AskButton } from '../../parts/ask-button.tsx';
import { MayNot } from '../../parts/may-not.tsx';
import { Answered } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { Link } from '../../routing/location.tsx';
import type { PageProps } from '../../routing/routes.ts';
import './agents.css';
import { TaskEvents } from './task-events.tsx';
import { isOver, tasksAddress } from './task-words.ts';
import { TaskMark } from './tasks-page.tsx';

/** Its stream tells when it stands otherwise; this is for when nothing comes through it. */
const EVERY_MS = 15_000;

/** One task: what it was given, what is told of it while it runs, and what came of it. */
export function TaskPage({ words }: PageProps) {
  const { client } = useApi();
  const id = words['task'] ?? '';
  const answer = useAnswer({ name: `task:${id}`, ask: () => client.task(id) }, EVERY_MS);
  useEffect(() => {
    document.title = `Task ${id} · Sluice`;
  }, [id]);
  return (
    <Answered answer={answer} what="the task" height={420}>
      {(task) => <Task task={task} />}
    </Answered>
  );
}

function Task({ task }: { readonly task: TaskView }) {
  const may = useMay('tasks:steer', task.track);
  return (
    <div className="stack">
      <div className="page-head">
        <div>
          <p className="crumbs">
            <Link href="/agents">Agents</Link> / <Link href={tasksAddress(task.track)}>{task.track}</Link>
          </p>
          <h1 className="mono">{task.id}</h1>
        </div>
        <div className="row">
          <TaskMark state={task.state} form="pill" />
          {may.allowed ? <Steering task={task} /> : <MayNot allowance={may} what="steer this task" />}
        </div>
      </div>
      {task.failure && (
        <div className="note" data-tone={task.state === 'succeeded' ? undefined : 'bad'}>
          <div>
            <strong>{task.failure.failureClass}</strong>
            <p>{task.failure.message}</p>
          </div>
        </div>
      )}
      <Facts task={task} />
      <TaskEvents task={task.id} isOver={isOver(task.state)} />
      <Json title="Input" value={task.input} />
      {task.state === 'succeeded' && <Json title="Result" value={task.result} />}
    </div>
  );
}

function Steering({ task: { id, state } }: { readonly task: TaskView }) {
  const { client } = useApi();
  if (state === 'succeeded' || state === 'cancelled') return null;
  if (state === 'dead') {
    return (
      <AskButton
        label="Retry"
        title="Try this task again?"
        action="Retry"
        act={() => client.retryTask(id)}
        said="It waits for a worker again"
      >
        <p>It waits again with the same input, and its failures are counted from 0.</p>
      </AskButton>
    );
  }
  return (
    <AskButton
      label="Cancel the task"
      buttonWeight="danger"
      title="Cancel this task?"
      action="Cancel the task"
      weight="danger"
      act={() => client.cancelTask(id)}
      said="The task was cancelled"
    >
      <p>
        A worker that has it is told to stop. What it has done outside stays done, and a cancelled task is not
        tried again.
      </p>
    </AskButton>
  );
}

const Facts = ({ task }: { readonly task: TaskView }) => (
  <section className="panel table-scroll" tabIndex={0} aria-label="How it stands">
    <table className="table">
      <tbody>
        <Fact name="Revision">
          <span className="mono">{task.revision}</span>
        </Fact>
        <Fact name="Attempts">
          {task.attempt}, of which {task.failures} failed
        </Fact>
        <Fact name="Worker">{task.worker ?? 'none yet'}</Fact>
        {task.session !== null && <Fact name="Session">{task.session}</Fact>}
        {task.cancelReason !== null && <Fact name="Cancelled because">{task.cancelReason}</Fact>}
        <Fact name="Came in">
          <Time at={task.createdAt} as="day" />
        </Fact>
        {task.startedAt !== null && (
          <Fact name="Last begun">
            <Time at={task.startedAt} as="day" />
          </Fact>
        )}
        {task.endedAt !== null && (
          <Fact name="Ended">
            <Time at={task.endedAt} as="day" />
          </Fact>
        )}
      </tbody>
    </table>
  </section>
);

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <tr>
    <th scope="row">{name}</th>
    <td>{children}</td>
  </tr>
);

const Json = ({ title, value }: { readonly title: string; readonly value: unknown }) => (
  <section className="panel" aria-label={title}>
    <div className="panel-head">
      <h2>{title}</h2>
    </div>
    <pre className="text-block" tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </pre>
  </section>
);
