import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { useEffect, useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { rolloutsQuestion, trackQuestion } from '../../api/questions.ts';
import { spanWords } from '../../parts/figures.ts';
import { Mark, PhaseMark } from '../../parts/mark.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { applicationAddress, rolloutAddress } from '../../routing/addresses.ts';
import { Link } from '../../routing/location.tsx';
import type { PageProps } from '../../routing/routes.ts';
import { healthOf } from '../overview/board-of.ts';
import { RollBackButton } from '../rollout/roll-back-button.tsx';
import './application.css';
import { RevisionsPanel } from './revisions-panel.tsx';
import { SourceLine } from '../../parts/source-line.tsx';
import { Person, Sentence } from '../../parts/person.tsx';
import { TableScroll } from '../../parts/table-scroll.tsx';

const EVERY_MS = 2000;

/** One component in one environment: what runs, what it is made of, and what has been. */
export function TrackPage({ words }: PageProps) {
  const { client } = useApi();
  const id = [words['application'], words['environment'], words['component']].join('/');
  const answer = useAnswer(trackQuestion(client, id), EVERY_MS);
  useEffect(() => {
    document.title = `${id} · Sluice`;
  }, [id]);
  return (
    <Answered answer={answer} what="the track" height={420}>
      {(track) => <Known track={track} />}
    </Answered>
  );
}

function Known({ track }: { readonly track: TrackView }) {
  const { client } = useApi();
  const rollouts = useAnswer(rolloutsQuestion(client, track.id));
  const health = healthOf(track);
  return (
    <div className="stack">
      <div className="page-head">
        <div>
          <nav className="crumbs" aria-label="Where this belongs">
            <Link href={applicationAddress(track.application)}>{track.application}</Link>
            <span aria-hidden="true">/</span>
            <span>{track.environment}</span>
          </nav>
          <div className="row">
            <h1>{track.component}</h1>
            {track.active ? (
              <PhaseMark phase={track.active.phase} />
            ) : (
              <Mark tone={health.tone} icon={health.icon} form="pill">
                {health.word}
              </Mark>
            )}
          </div>
          <p className="muted small">
            Stable: <span className="mono">{track.stable?.version ?? 'nothing yet'}</span>
          </p>
        </div>
        <div className="row actions">
          {track.active && (
            <Link href={rolloutAddress(track.active.id)} className="button" data-weight="main">
              Watch {track.active.version}
            </Link>
          )}
          <RollBackButton track={track} />
        </div>
      </div>
      <section className="panel" aria-labelledby="history">
        <div className="panel-head">
          <h2 id="history">History</h2>
        </div>
        <Answered answer={rollouts} what="the history" height={200}>
          {({ items }) => <History rollouts={items} />}
        </Answered>
      </section>
      <RevisionsPanel track={track} />
    </div>
  );
}

/** Releases that are shown at first: what a revision is made of stands below them. */
const SHOWN = 10;

function History({ rollouts }: { readonly rollouts: readonly RolloutView[] }) {
  const [isWhole, setWhole] = useState(false);
  if (rollouts.length === 0) return <Empty icon="waiting" title="Nothing has been released here yet" />;
  const shown = isWhole ? rollouts : rollouts.slice(0, SHOWN);
  const hasSources = shown.some(({ source }) => source !== undefined);
  const names = ['Version', 'How it went', 'Why', 'By', ...(hasSources ? ['Change'] : []), 'Took', 'When'];
  return (
    <>
      <TableScroll label="Releases, newest first">
        <table className="table">
          <thead>
            <tr>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((rollout) => (
              <Release key={rollout.id} rollout={rollout} hasSources={hasSources} />
            ))}
          </tbody>
        </table>
      </TableScroll>
      {shown.length < rollouts.length && (
        <div className="panel-body">
          <button type="button" className="button" onClick={() => setWhole(true)}>
            Show all {rollouts.length}
          </button>
        </div>
      )}
    </>
  );
}

const Release = (props: { readonly rollout: RolloutView; readonly hasSources: boolean }) => {
  const { rollout, hasSources } = props;
  return (
    <tr>
      <th scope="row">
        <Link href={rolloutAddress(rollout.id)} className="mono strong" data-row>
          {rollout.version}
        </Link>
      </th>
      <td>
        <PhaseMark phase={rollout.phase} form="plain" />
      </td>
      <td className="muted">{rollout.reason ? <Sentence text={rollout.reason.detail} /> : '–'}</td>
      <td>
        <Person subject={rollout.requestedBy} />
      </td>
      {hasSources && <td>{rollout.source ? <SourceLine source={rollout.source} /> : '–'}</td>}
      <td>{tookWords(rollout)}</td>
      <td>
        <Time at={rollout.requestedAt} />
      </td>
    </tr>
  );
};

const tookWords = ({ startedAt, finishedAt }: RolloutView): string =>
  startedAt === null || finishedAt === null ? '–' : spanWords(finishedAt - startedAt);
