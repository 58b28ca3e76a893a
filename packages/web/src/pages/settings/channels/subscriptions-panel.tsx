import type { SubscriptionView } from '@sluice/protocol/http/channels.ts';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { useMayEverywhere } from '../../../api/viewer.ts';
import { spanWords } from '../../../parts/figures.ts';
import { ListPanel } from '../../../parts/list-panel.tsx';
import { MayNot } from '../../../parts/may-not.tsx';
import { PutSubscription } from './put-subscription.tsx';
import { RemoveButton } from '../../../parts/remove-button.tsx';

/** Who hears what. */
export function SubscriptionsPanel() {
  const { client } = useApi();
  const may = useMayEverywhere('channels:manage');
  const answer = useAnswer(
    listQuestion<SubscriptionView>('subscriptions', (page) => client.subscriptions(page)),
  );
  return (
    <ListPanel
      title="Subscriptions"
      about="Which channel hears what."
      action={may.allowed ? <PutSubscription /> : <MayNot allowance={may} what="subscribe channels" />}
      answer={answer}
      keyOf={({ name }) => name}
      empty={{
        icon: 'moving',
        title: 'No channel hears anything',
        words: 'Subscribe a channel to what matters to those who read it.',
      }}
      columns={[
        {
          name: 'Subscription',
          cell: ({ name, channel }) => (
            <>
              <div className="strong">{name}</div>
              <div className="small muted">to {channel}</div>
            </>
          ),
        },
        { name: 'Events', cell: ({ kinds }) => <Patterns of={kinds} /> },
        { name: 'Where', cell: (subscription) => <Where subscription={subscription} /> },
        { name: 'From', cell: ({ severity }) => severity },
        {
          name: 'At most',
          cell: ({ throttle, withheld }) => (
            <>
              {throttle === null ? 'everything' : `${throttle.most} in ${spanWords(throttle.perMs)}`}
              {withheld > 0 && <div className="small muted">{withheld} held back now</div>}
            </>
          ),
        },
        ...(may.allowed
          ? [
              {
                name: ' ',
                cell: (subscription: SubscriptionView) => (
                  <span className="row actions">
                    <PutSubscription subscription={subscription} />
                    <RemoveSubscription subscription={subscription} />
                  </span>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

const isAll = (patterns: readonly string[]): boolean => patterns.length === 1 && patterns[0] === '*';

const Patterns = ({ of }: { readonly of: readonly string[] }) =>
  isAll(of) ? <span className="muted">all</span> : <code>{of.join(', ')}</code>;

function Where({
  subscription: { projects, applications, environments, components },
}: {
  readonly subscription: SubscriptionView;
}) {
  const all = { projects, applications, environments, components };
  const parts = Object.entries(all).filter(([, of]) => !isAll(of));
  if (parts.length === 0) return <span className="muted">everywhere</span>;
  return (
    <ul>
      {parts.map(([what, of]) => (
        <li key={what}>
          {what} <Patterns of={of} />
        </li>
      ))}
    </ul>
  );
}

function RemoveSubscription({
  subscription: { name, channel },
}: {
  readonly subscription: SubscriptionView;
}) {
  const { client } = useApi();
  return (
    <RemoveButton what={name} act={() => client.removeSubscription(name)}>
      <p>{channel} no longer hears what it asked for. What waits already is still told.</p>
    </RemoveButton>
  );
}
