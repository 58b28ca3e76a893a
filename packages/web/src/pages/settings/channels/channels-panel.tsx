import type { ChannelView } from '@sluice/protocol/http/channels.ts';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { useMayEverywhere } from '../../../api/viewer.ts';
import { ListPanel } from '../../../parts/list-panel.tsx';
import { Mark } from '../../../parts/mark.tsx';
import { MayNot } from '../../../parts/may-not.tsx';
import { Time } from '../../../parts/time.tsx';
import { Link } from '../../../routing/location.tsx';
import { settingsAddress } from '../settings-parts.ts';
import { CHANNEL_FORMS, type ChannelKind } from './channel-forms.ts';
import { PutChannel } from './put-channel.tsx';
import { TestButton } from './test-button.tsx';
import { RemoveButton } from '../../../parts/remove-button.tsx';

const EVERY_MS = 10_000;

/** Where messages go, and how it is with their receivers. */
export function ChannelsPanel() {
  const { client } = useApi();
  const may = useMayEverywhere('channels:manage');
  const answer = useAnswer(
    listQuestion<ChannelView>('channels', (page) => client.channels(page)),
    EVERY_MS,
  );
  return (
    <ListPanel
      title="Channels"
      about="Where messages about releases go. What goes into which is said by subscriptions."
      action={may.allowed ? <PutChannel /> : <MayNot allowance={may} what="add channels" />}
      answer={answer}
      keyOf={({ name }) => name}
      empty={{
        icon: 'moving',
        title: 'Nobody is told anything',
        words: 'Add a channel, try it, and subscribe it to what matters to you.',
      }}
      columns={[
        { name: 'Channel', cell: (channel) => <Name channel={channel} /> },
        { name: 'State', cell: (channel) => <State channel={channel} /> },
        {
          name: 'Told last',
          cell: ({ deliveredAt }) => (deliveredAt === null ? 'never' : <Time at={deliveredAt} />),
        },
        {
          name: 'Waiting',
          cell: ({ name, waiting, dead }) => <Counts channel={name} waiting={waiting} dead={dead} />,
        },
        ...(may.allowed
          ? [{ name: ' ', cell: (channel: ChannelView) => <Actions channel={channel} /> }]
          : []),
      ]}
    />
  );
}

const Name = ({ channel: { name, kind } }: { readonly channel: ChannelView }) => (
  <>
    <div className="strong">{name}</div>
    <div className="small muted">{CHANNEL_FORMS[kind as ChannelKind]?.label ?? kind}</div>
  </>
);

function State({ channel }: { readonly channel: ChannelView }) {
  const { disabledReason, failure, failedAt, deliveredAt } = channel;
  if (disabledReason !== null)
    return (
      <>
        <Mark tone="bad" icon="bad">
          Switched off
        </Mark>
        <div className="small settings-failure">{disabledReason}</div>
        <div className="small muted">Changing it switches it on again.</div>
      </>
    );
  const isFailing = failedAt !== null && failedAt > (deliveredAt ?? 0);
  if (!isFailing)
    return deliveredAt === null ? (
      <Mark tone="idle" icon="idle">
        Not used yet
      </Mark>
    ) : (
      <Mark tone="good" icon="good">
        Works
      </Mark>
    );
  return (
    <>
      <Mark tone="warn" icon="warn">
        Fails
      </Mark>
      <div className="small settings-failure">
        {failure} <Time at={failedAt} />
      </div>
    </>
  );
}

interface CountsProps {
  readonly channel: string;
  readonly waiting: number;
  readonly dead: number;
}

const Counts = ({ channel, waiting, dead }: CountsProps) => (
  <>
    {waiting}
    {dead > 0 && (
      <>
        ,{' '}
        <Link
          className="settings-link"
          href={`${settingsAddress('deliveries')}?state=dead&channel=${channel}`}
        >
          {dead} given up
        </Link>
      </>
    )}
  </>
);

function Actions({ channel }: { readonly channel: ChannelView }) {
  return (
    <span className="row actions">
      <TestButton channel={channel.name} />
      <PutChannel channel={channel} />
      <RemoveChannel name={channel.name} />
    </span>
  );
}

function RemoveChannel({ name }: { readonly name: string }) {
  const { client } = useApi();
  return (
    <RemoveButton what={name} act={() => client.removeChannel(name)}>
      <p>
        What waits for it is told to nobody. Its secrets stay. While a subscription leads to it, it cannot be
        removed.
      </p>
    </RemoveButton>
  );
}
