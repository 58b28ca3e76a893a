import type { GateView } from '@sluice/protocol/http/gates.ts';
import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { Mark } from '../../parts/mark.tsx';
import { Sentence } from '../../parts/person.tsx';
import { Time } from '../../parts/time.tsx';
import { ApprovalRules } from './approval-rules.tsx';
import { BreakGlassButton, VoteButtons } from './vote-buttons.tsx';

interface GatesProps {
  readonly rollout: RolloutView;
  readonly track: TrackView | undefined;
}

/** What a rollout has to pass, who has approved it, and the buttons for those who may. */
export function GatesPanel({ rollout, track }: GatesProps) {
  const isLive = track?.active?.id === rollout.id;
  const gates = isLive ? (track?.gates ?? []) : [];
  const { approvals } = rollout;
  if (gates.length === 0 && !approvals) return null;
  const isClosed = gates.some(({ open }) => !open);
  return (
    <section className="panel" aria-labelledby="gates">
      <div className="panel-head">
        <h2 id="gates">Gates and approvals</h2>
        <div className="row push">
          {approvals?.asked && <VoteButtons rollout={rollout} />}
          {(isClosed || approvals?.asked) && !approvals?.glass && <BreakGlassButton rollout={rollout} />}
        </div>
      </div>
      <div className="panel-body stack">
        {gates.length > 0 && (
          <ul className="sentences">
            {gates.map((gate) => (
              <Gate key={`${gate.kind} ${gate.words}`} gate={gate} />
            ))}
          </ul>
        )}
        {approvals && <ApprovalRules approvals={approvals} />}
      </div>
    </section>
  );
}

function Gate({ gate: { open, words, opensAt } }: { readonly gate: GateView }) {
  return (
    <li className="row">
      <Mark tone={open ? 'good' : 'warn'} icon={open ? 'good' : 'lock'}>
        {open ? 'Open' : 'Closed'}
      </Mark>
      <span>
        <Sentence text={words} />
      </span>
      {opensAt !== null && !open && (
        <span className="muted">
          opens <Time at={opensAt} as="day" />
        </span>
      )}
    </li>
  );
}
