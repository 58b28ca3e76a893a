import type { InstanceView, RevisionInstancesView } from '@sluice/protocol/http/instances.ts';
import { useEffect } from 'react';
import { bytesWords, countWords, cpuWords, shareWords } from '../../parts/figures.ts';
import { LogViewer } from '../../parts/log-viewer.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { instanceAddress, trackAddress } from '../../routing/addresses.ts';
import { goTo, Link } from '../../routing/location.tsx';
import type { PageProps } from '../../routing/routes.ts';
import { placeName } from './instance-rows.ts';
import { InstanceMark } from './instances-panel.tsx';
import './targets.css';
import { useInstances } from './use-instances.ts';

/** One instance: how it stands, what it uses, and what it writes. */
export function InstancePage({ words }: PageProps) {
  const track = [words['application'], words['environment'], words['component']].join('/');
  const { revision: revisionId = '', instance: name = '' } = words;
  const answer = useInstances(track);
  useEffect(() => {
    document.title = `${name} of ${track} · Targets · Sluice`;
  }, [name, track]);
  const revision = answer.value?.items[0]?.revisions.find((one) => one.revision === revisionId);
  const instance = revision?.instances.find((one) => one.name === name);
  return (
    <div className="stack">
      <div className="page-head">
        <div>
          <nav className="crumbs" aria-label="Where this belongs">
            <Link href="/targets">Targets</Link>
            <span aria-hidden="true">/</span>
            <Link href={trackAddress(track)}>{track}</Link>
            <span aria-hidden="true">/</span>
            <span className="mono">{revision?.version ?? revisionId}</span>
          </nav>
          <div className="row">
            <h1 className="mono">{name}</h1>
            {instance && <InstanceMark state={instance.state} form="pill" />}
          </div>
        </div>
        {revision && <Others track={track} revision={revision} name={name} />}
      </div>
      <Answered answer={answer} what="the instance" height={120}>
        {() =>
          revision && instance ? (
            <Facts revision={revision} instance={instance} />
          ) : (
            <div className="panel">
              <Empty icon="idle" title="It does not run any more">
                <p>{revision?.unreachable ?? 'What it wrote is kept for a while.'}</p>
              </Empty>
            </div>
          )
        }
      </Answered>
      <section className="panel" aria-label="What it writes">
        <LogViewer track={track} revision={revisionId} instance={name} />
      </section>
    </div>
  );
}

function Others(props: {
  readonly track: string;
  readonly revision: RevisionInstancesView;
  readonly name: string;
}) {
  const { instances, revision } = props.revision;
  if (instances.length < 2) return null;
  return (
    <label className="field instance-others">
      <span className="visually-hidden">Instance</span>
      <select
        className="input"
        value={props.name}
        onChange={({ target }) => goTo(instanceAddress(props.track, revision, target.value))}
      >
        {instances.map(({ name, state }) => (
          <option key={name} value={name}>
            {name} ({state})
          </option>
        ))}
      </select>
    </label>
  );
}

function Facts(props: { readonly revision: RevisionInstancesView; readonly instance: InstanceView }) {
  const { revision, instance } = props;
  const { resources, where } = revision;
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ['Runs', where.on === 'machine' ? 'this machine' : `${placeName(where)}, namespace ${where.namespace}`],
    [where.on === 'machine' ? 'Process' : 'Node', instance.pid ?? instance.node ?? '–'],
    ['Address', instance.address ?? '–'],
    ['Revision gets', `${shareWords(revision.shareBasisPoints)} (${revision.role})`],
    ['Processor', of(cpuWords(instance.cpuMillis), resources.cpuMillis, cpuWords)],
    ['Memory', of(bytesWords(instance.memoryBytes), resources.memoryBytes, bytesWords)],
    ['Restarts', countWords(instance.restarts)],
    ['Runs since', instance.startedAt === null ? '–' : <Time key="since" at={instance.startedAt} />],
  ];
  return (
    <section className="panel panel-body" aria-label="How it stands">
      <dl className="instance-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {instance.reason !== null && <p className="note instance-note">{instance.reason}</p>}
    </section>
  );
}

const of = (used: string, limit: number, words: (amount: number) => string): string =>
  limit === 0 ? used : `${used} of ${words(limit)}`;
