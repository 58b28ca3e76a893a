import type { ApprovalsView } from '@sluice/protocol/http/gates.ts';
import { Mark } from '../../parts/mark.tsx';
import { Person, Sentence } from '../../parts/person.tsx';
import { Time } from '../../parts/time.tsx';

/** Whose approval is needed, whose is there, and what everybody said. */
export function ApprovalRules({ approvals }: { readonly approvals: ApprovalsView }) {
  const { rules, votes, glass } = approvals;
  return (
    <>
      <ul className="sentences">
        {rules.map((rule) => (
          <li key={rule.words} className="row">
            <Mark tone={rule.granted ? 'good' : 'warn'} icon={rule.granted ? 'good' : 'waiting'}>
              {`${rule.approvedBy.length} of ${rule.needed}`}
            </Mark>
            <span>
              <Sentence text={rule.words} />
            </span>
            {rule.ignored.map(({ subject, why }) => (
              <span key={subject} className="muted small">
                <Person subject={subject} /> does not count: {why}
              </span>
            ))}
          </li>
        ))}
      </ul>
      {votes.length > 0 && (
        <ul className="sentences">
          {votes.map(({ subject, decision, reason, at }) => (
            <li key={`${subject} ${at}`} className="row">
              <Mark
                tone={decision === 'approve' ? 'good' : 'bad'}
                icon={decision === 'approve' ? 'good' : 'bad'}
              >
                {decision === 'approve' ? 'Approved' : 'Rejected'}
              </Mark>
              <span>
                by <Person subject={subject} /> <Time at={at} />
              </span>
              {reason !== null && <q className="muted">{reason}</q>}
            </li>
          ))}
        </ul>
      )}
      {glass && (
        <p className="note" data-tone="warn">
          <span>
            <Person subject={glass.by} /> broke the glass <Time at={glass.at} />: <q>{glass.reason}</q>
          </span>
        </p>
      )}
    </>
  );
}
