import type { DeliveryView } from '@sluice/protocol/http/deliveries.ts';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { useMayEverywhere } from '../../../api/viewer.ts';
import { AskButton } from '../../../parts/ask-button.tsx';
import { countWords } from '../../../parts/figures.ts';
import { type Column, ListPanel } from '../../../parts/list-panel.tsx';
import { Mark } from '../../../parts/mark.tsx';
import { MayNot } from '../../../parts/may-not.tsx';
import { Sentence } from '../../../parts/person.tsx';
import { Time } from '../../../parts/time.tsx';
import { Link, useQueryWord } from '../../../routing/location.tsx';
import { settingsAddress } from '../settings-parts.ts';

const EVERY_MS = 10_000;
/** Parts of 200 deliveries that are read; older ones are for scripts. */
const PAGES = 1;

const STATES: readonly (readonly [DeliveryView['state'] | '', string])[] = [
  ['', 'All'],
  ['waiting', 'Waiting'],
  ['delivered', 'Told'],
  ['dead', 'Given up'],
];

/** What was told to channels, and what became of it. */
export function DeliveriesPanel() {
  const may = useMayEverywhere('channels:manage');
  const [state] = useQueryWord('state');
  const [channel, setChannel] = useQueryWord('channel');
  const known = STATES.find(([name]) => name === state)?.[0] ?? '';
  const answer = useDeliveries(known, channel);
  const ofOne = onlyChannel(answer.value?.items ?? []);
  return (
    <div className="stack">
      <div className="row">
        <States chosen={known} />
        {channel !== '' && (
          <button type="button" className="button" onClick={() => setChannel('')}>
            Only {channel}: show all
          </button>
        )}
        {may.allowed && known === 'dead' && ofOne !== null && <ReplayAll channel={ofOne} />}
      </div>
      <ListPanel
        title="Deliveries"
        about={
          answer.value?.isWhole === false
            ? `The newest ${countWords(answer.value.items.length)}. Older ones are read by the API.`
            : 'What was told to channels, the newest first.'
        }
        action={may.allowed ? undefined : <MayNot allowance={may} what="tell anything once more" />}
        answer={answer}
        keyOf={({ id }) => id}
        empty={{
          icon: 'good',
          title: known === 'dead' ? 'Nothing was given up' : 'Nothing here',
          words:
            known === 'dead'
              ? 'What cannot be told is tried again for a day, and then stands here.'
              : 'What channels are told about releases stands here.',
        }}
        columns={
          may.allowed ? [...COLUMNS, { name: ' ', cell: (one) => <Replay delivery={one} /> }] : COLUMNS
        }
      />
    </div>
  );
}

/** The channel of all these deliveries; null when there are several, or none. */
function onlyChannel(deliveries: readonly DeliveryView[]): string | null {
  const [first, ...others] = new Set(deliveries.map(({ channel }) => channel));
  return others.length === 0 ? (first ?? null) : null;
}

/** What was told to one channel, or all of them, as far as it has come so. */
function useDeliveries(state: DeliveryView['state'] | '', channel: string) {
  const { client } = useApi();
  return useAnswer(
    listQuestion<DeliveryView>(
      `deliveries ${state} ${channel}`,
      (page) =>
        client.deliveries({
          ...page,
          ...(state === '' ? {} : { state }),
          ...(channel === '' ? {} : { channel }),
        }),
      PAGES,
    ),
    EVERY_MS,
  );
}

const COLUMNS: readonly Column<DeliveryView>[] = [
  { name: 'State', cell: (delivery) => <State delivery={delivery} /> },
  {
    name: 'Message',
    cell: ({ title, kind, severity }) => (
      <>
        <div className="settings-break">
          <Sentence text={title} />
        </div>
        <div className="small muted">
          {kind} · {severity}
        </div>
      </>
    ),
  },
  { name: 'Channel', cell: ({ channel }) => <ChannelName name={channel} /> },
  { name: 'When', cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    name: 'Tries',
    cell: ({ attempts, failure, state: found }) => (
      <>
        {attempts}
        {failure !== null && found !== 'delivered' && <div className="small settings-failure">{failure}</div>}
      </>
    ),
  },
];

/** Narrows the list to one channel. */
function ChannelName({ name }: { readonly name: string }) {
  const [state] = useQueryWord('state');
  const query = new URLSearchParams({ ...(state === '' ? {} : { state }), channel: name });
  return (
    <Link className="settings-link" href={`${settingsAddress('deliveries')}?${query}`}>
      {name}
    </Link>
  );
}

function States({ chosen }: { readonly chosen: string }) {
  const [, choose] = useQueryWord('state');
  return (
    <div className="chips" role="group" aria-label="Which deliveries">
      {STATES.map(([name, label]) => (
        <button key={label} type="button" aria-pressed={name === chosen} onClick={() => choose(name)}>
          {label}
        </button>
      ))}
    </div>
  );
}

function State({ delivery: { state, dueAt } }: { readonly delivery: DeliveryView }) {
  if (state === 'delivered')
    return (
      <Mark tone="good" icon="good">
        Told
      </Mark>
    );
  if (state === 'dead')
    return (
      <Mark tone="bad" icon="bad">
        Given up
      </Mark>
    );
  return (
    <>
      <Mark tone="idle" icon="waiting">
        Waiting
      </Mark>
      {dueAt !== null && dueAt > Date.now() && (
        <div className="small muted">
          tried at <Time at={dueAt} as="clock" />
        </div>
      )}
    </>
  );
}

function Replay({ delivery: { id, state, title, channel } }: { readonly delivery: DeliveryView }) {
  const { client } = useApi();
  if (state !== 'dead') return null;
  return (
    <AskButton
      label="Tell again"
      of={title}
      buttonWeight="quiet"
      title="Tell it again?"
      action="Tell it"
      act={() => client.replayDelivery(id)}
      said={`${channel} is told again`}
    >
      <p>
        {channel} is told “<Sentence text={title} />” as soon as it answers, with as many tries as something
        new.
      </p>
      <SwitchedOff channel={channel} />
    </AskButton>
  );
}

function ReplayAll({ channel }: { readonly channel: string }) {
  const { client } = useApi();
  return (
    <AskButton
      label={`Tell ${channel} all of it again`}
      title={`Tell ${channel} all that was given up?`}
      action="Tell it all"
      act={() => client.replayChannel(channel)}
      said={`${channel} is told what was given up`}
    >
      <p>At most 1,000 messages, the oldest first. {channel} may have to take many at once.</p>
      <SwitchedOff channel={channel} />
    </AskButton>
  );
}

/** Where a channel takes nothing at all, what has to be done first. */
function SwitchedOff({ channel }: { readonly channel: string }) {
  const { client } = useApi();
  const { value } = useAnswer({ name: `channel:${channel}`, ask: () => client.channel(channel) });
  if (value === undefined || value.disabledReason === null) return null;
  return (
    <p className="note" data-tone="warn" role="note">
      {channel} is switched off: it is told when somebody changes it.
    </p>
  );
}
