import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { useEffect } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { rolloutQuestion, trackQuestion } from '../../api/questions.ts';
import { PhaseMark } from '../../parts/mark.tsx';
import { Answered } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { applicationAddress, trackAddress } from '../../routing/addresses.ts';
import { Link } from '../../routing/location.tsx';
import type { PageProps } from '../../routing/routes.ts';
import './rollout.css';
import { EvidencePanel } from './evidence-panel.tsx';
import { GatesPanel } from './gates-panel.tsx';
import { RolloutActions } from './rollout-actions.tsx';
import { Person } from '../../parts/person.tsx';
import { SourceLine } from '../../parts/source-line.tsx';
import { RolloutDetails } from './rollout-details.tsx';
import { SplitPanel } from './split-panel.tsx';
import { Standing } from './standing.tsx';
import { StepTimeline } from './step-timeline.tsx';
import { TrafficCharts } from './traffic-charts.tsx';

/** What is under way changes without an event: evidence, and what is waited for. */
const LOOK_EVERY_MS = 1000;

/** One rollout from its request to its end. */
export function RolloutPage({ words }: PageProps) {
  const { client } = useApi();
  const id = words['rollout'] ?? '';
  const first = useAnswer(rolloutQuestion(client, id));
  const isOver = first.value?.outcome != null;
  const answer = useAnswer(rolloutQuestion(client, id), isOver ? undefined : LOOK_EVERY_MS);
  useEffect(() => {
    const shown = answer.value;
    document.title = shown ? `${shown.version} of ${shown.track} · Sluice` : 'Rollout · Sluice';
  }, [answer.value]);
  return (
    <Answered answer={answer} what="the rollout" height={520}>
      {(rollout) => <Known rollout={rollout} />}
    </Answered>
  );
}

function Known({ rollout }: { readonly rollout: RolloutView }) {
  const { client } = useApi();
  const isOver = rollout.outcome !== null;
  const { value: track } = useAnswer(
    trackQuestion(client, rollout.track),
    isOver ? undefined : LOOK_EVERY_MS,
  );
  const live = track?.active?.id === rollout.id ? track : undefined;
  return (
    <div className="stack">
      <Head rollout={rollout} track={track} />
      <Standing rollout={rollout} explanation={live?.explanation} />
      <GatesPanel rollout={rollout} track={track} />
      <section className="panel" aria-labelledby="steps">
        <div className="panel-head">
          <h2 id="steps">Steps</h2>
          <span className="small muted">{rollout.plan.strategy}</span>
        </div>
        <StepTimeline rollout={rollout} />
      </section>
      <div className="columns">
        <EvidencePanel rollout={rollout} />
        <SplitPanel rollout={rollout} track={track} />
      </div>
      <TrafficCharts rollout={rollout} />
      <RolloutDetails rollout={rollout} />
    </div>
  );
}

function Head({ rollout, track }: { readonly rollout: RolloutView; readonly track: TrackView | undefined }) {
  const [application = '', environment = '', component = ''] = rollout.track.split('/');
  const before = nameOfRevision(rollout.stable, track);
  return (
    <div className="page-head">
      <div>
        <nav className="crumbs" aria-label="Where this belongs">
          <Link href={applicationAddress(application)}>{application}</Link>
          <span aria-hidden="true">/</span>
          <Link href={trackAddress(rollout.track)}>
            {environment} · {component}
          </Link>
          <span aria-hidden="true">/</span>
          <span>Rollout {rollout.number}</span>
        </nav>
        <div className="row">
          <h1>
            {before !== null && <span className="muted mono">{before} → </span>}
            <span className="mono">{rollout.version}</span>
          </h1>
          <PhaseMark phase={rollout.phase} />
          {rollout.lane !== 'normal' && (
            <span className="tag">{rollout.lane === 'undo' ? 'undo' : 'hot-fix'}</span>
          )}
        </div>
        <p className="small muted">
          Asked for by <Person subject={rollout.requestedBy} /> <Time at={rollout.requestedAt} />
          {rollout.finishedAt !== null && (
            <>
              {' · '}ended <Time at={rollout.finishedAt} />
            </>
          )}
        </p>
        {rollout.source && <SourceLine source={rollout.source} />}
      </div>
      <RolloutActions rollout={rollout} track={track} />
    </div>
  );
}

/** What people call a revision, where its track still knows it. */
function nameOfRevision(revision: string | null, track: TrackView | undefined): string | null {
  if (revision === null) return null;
  const known = [...(track?.history ?? []), ...(track?.revisions ?? [])];
  return known.find((candidate) => candidate.revision === revision)?.version ?? null;
}
