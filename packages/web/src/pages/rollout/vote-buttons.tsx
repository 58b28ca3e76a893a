import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { useState } from 'react';
import { useApi } from '../../api/dashboard-api.tsx';
import { useMay } from '../../api/viewer.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { AreaField } from '../../parts/fields.tsx';
import { MayNot } from '../../parts/may-not.tsx';
import { Person } from '../../parts/person.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { shareWords } from '../../parts/figures.ts';

interface OfRollout {
  readonly rollout: RolloutView;
}

/** Approve and reject, for whoever was asked. */
export function VoteButtons({ rollout }: OfRollout) {
  const [asked, setAsked] = useState<'approve' | 'reject' | null>(null);
  const may = useMay('delivery:approve', rollout.track);
  if (!may.allowed) return <MayNot allowance={may} what="approve this" />;
  return (
    <>
      <button type="button" className="button" data-weight="main" onClick={() => setAsked('approve')}>
        Approve
      </button>
      <button type="button" className="button" data-weight="danger" onClick={() => setAsked('reject')}>
        Reject
      </button>
      {asked && <Vote rollout={rollout} decision={asked} close={() => setAsked(null)} />}
    </>
  );
}

function Vote(props: OfRollout & { readonly decision: 'approve' | 'reject'; readonly close: () => void }) {
  const { client, answers } = useApi();
  const tell = useToast();
  const [reason, setReason] = useState('');
  const { rollout, decision, close } = props;
  const isApproval = decision === 'approve';
  const done = (): void => {
    answers.renew();
    tell(`${isApproval ? 'Approved' : 'Rejected'}: ${rollout.version} of ${rollout.track}`);
    close();
  };
  const planHash = rollout.approvals?.planHash;
  const vote = () =>
    client.vote(rollout.track, {
      decision,
      rollout: rollout.id,
      ...(planHash === undefined ? {} : { planHash }),
      ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
    });
  return (
    <ConfirmDialog
      title={`${isApproval ? 'Approve' : 'Reject'} ${rollout.version}?`}
      action={isApproval ? 'Approve' : 'Reject'}
      weight={isApproval ? 'main' : 'danger'}
      act={vote}
      done={done}
      close={close}
    >
      {isApproval ? <WhatGoesOut rollout={rollout} /> : <p>{rejectionWords(rollout)}</p>}
      <AreaField
        label={isApproval ? 'Why, if you want to say' : 'Why; everybody is told'}
        isOptional={isApproval}
        most={1000}
        value={reason}
        set={setReason}
      />
    </ConfirmDialog>
  );
}

/** The plan that is approved: the vote names its hash, so that another plan is not approved by it. */
function WhatGoesOut({ rollout: { plan, version, requestedBy } }: OfRollout) {
  return (
    <>
      <p>
        <Person subject={requestedBy} /> wants {version} to go out by the strategy {plan.strategy}. You
        approve exactly this plan; when it changes, your approval is void.
      </p>
      <ol className="plan">
        {plan.steps.map(({ words, candidateShareBasisPoints }, at) => (
          <li key={at}>
            {words} <span className="muted">({shareWords(candidateShareBasisPoints)})</span>
          </li>
        ))}
      </ol>
    </>
  );
}

const rejectionWords = ({ version, startedAt }: RolloutView): string =>
  startedAt === null
    ? `${version} does not go out. What runs stays as it is.`
    : `${version} is taken back, and the stable revision gets all requests again.`;

/** Lets a rollout pass every gate, for an emergency. */
export function BreakGlassButton({ rollout }: OfRollout) {
  const { client, answers } = useApi();
  const tell = useToast();
  const [isAsked, setAsked] = useState(false);
  const may = useMay('delivery:break-glass', rollout.track);
  const [reason, setReason] = useState('');
  const done = (): void => {
    answers.renew();
    tell(`${rollout.version} passes every gate; everybody is told`);
    setAsked(false);
  };
  if (!may.allowed) return null;
  return (
    <>
      <button type="button" className="button" data-weight="quiet" onClick={() => setAsked(true)}>
        Break glass
      </button>
      {isAsked && (
        <ConfirmDialog
          title={`Let ${rollout.version} pass every gate?`}
          action="Break glass"
          weight="danger"
          act={() => client.breakGlass(rollout.track, { reason: reason.trim(), rollout: rollout.id })}
          done={done}
          close={() => setAsked(false)}
        >
          <p>
            Approvals, windows, freezes and budgets no longer hold it. This is for emergencies: it stands in
            the ledger with your name and this reason, and everybody who follows releases is told.
          </p>
          <AreaField label="Why it cannot wait" most={1000} value={reason} set={setReason} />
        </ConfirmDialog>
      )}
    </>
  );
}
