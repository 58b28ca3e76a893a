import type { PolicyDetailView, PolicyTestView } from '@sluice/protocol/http/policies.ts';
import { type FormEvent, useState } from 'react';
import type { ApiFailure } from '@sluice/protocol/http/api-call.ts';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { tracksQuestion } from '../../../api/questions.ts';
import { FieldFaults } from '../../../parts/field-faults.ts';
import { TextField } from '../../../parts/fields.tsx';
import { Mark } from '../../../parts/mark.tsx';
import { failureWords } from '../../../parts/states.tsx';

type Outcome = { readonly failure: ApiFailure } | { readonly track: string; readonly view: PolicyTestView };

/** Asks one policy about what a track has now, and changes nothing. */
export function TryPolicy({ policy }: { readonly policy: PolicyDetailView }) {
  const { client } = useApi();
  const tracks = useAnswer(tracksQuestion(client)).value?.items ?? [];
  const [wish, setWish] = useState<string | null>(null);
  const track = wish ?? tracks[0]?.id ?? '';
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const ask = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const reply = await client.testPolicies({ text: policy.text, track: track.trim() });
    setBusy(false);
    setOutcome(reply.ok ? { track, view: reply.value } : { failure: reply.failure });
  };
  return (
    <section className="panel" aria-label="Try it">
      <div className="panel-head">
        <div>
          <h2>Try it</h2>
          <p className="small muted">What it says of what a track has now. Nothing is changed.</p>
        </div>
      </div>
      <form className="panel-body settings-try" onSubmit={(event) => void ask(event)}>
        <FieldFaults value={outcome && 'failure' in outcome ? outcome.failure : null}>
          <TextField
            label="Track"
            at="/body/track"
            placeholder="shop/production/web"
            list={tracks.map(({ id }) => id)}
            value={track}
            set={setWish}
          />
        </FieldFaults>
        <button type="submit" className="button" disabled={isBusy}>
          {isBusy ? 'Asking…' : 'Ask'}
        </button>
      </form>
      <div role="status">{outcome && <Said outcome={outcome} />}</div>
    </section>
  );
}

function Said({ outcome }: { readonly outcome: Outcome }) {
  if ('failure' in outcome) {
    const { title, detail } = failureWords(outcome.failure);
    return (
      <p className="panel-body field-fault">
        {title}. {detail}
      </p>
    );
  }
  const { track, view } = outcome;
  const findings = view.outcomes.flatMap((one) => one.findings);
  const asked = view.outcomes.reduce((sum, one) => sum + one.asked, 0);
  if (findings.length === 0)
    return (
      <p className="panel-body">
        <Mark tone={asked === 0 ? 'idle' : 'good'} icon={asked === 0 ? 'idle' : 'good'}>
          {asked === 0 ? `It is not asked about ${track}` : `${track} keeps to it`}
        </Mark>
      </p>
    );
  return (
    <div className="panel-body">
      <Mark tone={view.allowed ? 'warn' : 'bad'} icon={view.allowed ? 'warn' : 'bad'}>
        {view.allowed ? `${track} breaks it, and would go out` : `${track} would be refused`}
      </Mark>
      <ul>
        {findings.map(({ component, object, message }, at) => (
          <li key={at}>
            <span className="mono">{object ?? component}</span> {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
