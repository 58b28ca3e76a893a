import type { ChannelView } from '@sluice/protocol/http/channels.ts';
import type { SecretView } from '@sluice/protocol/http/secrets.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { listQuestion } from '../../api/questions.ts';
import { useMayEverywhere } from '../../api/viewer.ts';
import { AskButton } from '../../parts/ask-button.tsx';
import { AreaField, TextField } from '../../parts/fields.tsx';
import { ListPanel } from '../../parts/list-panel.tsx';
import { MayNot } from '../../parts/may-not.tsx';
import { Time } from '../../parts/time.tsx';
import { Link } from '../../routing/location.tsx';
import { secretsNamedIn } from './secrets-named-in.ts';
import { settingsAddress } from './settings-parts.ts';
import { RemoveButton } from '../../parts/remove-button.tsx';

/** Values that Sluice keeps encrypted; none can be read. */
export function SecretsPanel() {
  const { client } = useApi();
  const may = useMayEverywhere('secrets:manage');
  const answer = useAnswer(listQuestion<SecretView>('secrets', (page) => client.secrets(page)));
  const channels = useAnswer(listQuestion<ChannelView>('channels', (page) => client.channels(page)));
  return (
    <ListPanel
      title="Secrets"
      about="Kept encrypted. They can be set and removed, and read by nobody: neither here nor by the API."
      action={
        may.allowed ? (
          <span className="row">
            <RotateKey />
            <SetSecret />
          </span>
        ) : (
          <MayNot allowance={may} what="set secrets" />
        )
      }
      answer={answer}
      keyOf={({ name }) => name}
      empty={{
        icon: 'lock',
        title: 'No secrets are kept',
        words: 'Set one, and name it in a sluice.yaml or a channel by `secret: NAME`.',
      }}
      columns={[
        { name: 'Secret', cell: ({ name }) => <span className="strong mono">{name}</span> },
        { name: 'Version', cell: ({ version }) => version },
        {
          name: 'Last set',
          cell: ({ changedAt, changedBy }) => (
            <>
              <Time at={changedAt} />
              <div className="small muted">{changedBy}</div>
            </>
          ),
        },
        {
          name: 'Channels with it',
          cell: ({ name }) => <Channels secret={name} all={channels.value?.items ?? []} />,
        },
        { name: 'Key', cell: ({ keyId }) => <code title={keyId}>{keyId.slice(0, 12)}</code> },
        {
          name: ' ',
          cell: ({ name }) => (
            <span className="row actions">
              <SetSecret name={name} />
              <RemoveSecret name={name} />
            </span>
          ),
        },
      ]}
    />
  );
}

function Channels({ secret, all }: { readonly secret: string; readonly all: readonly ChannelView[] }) {
  const using = all.filter(({ settings }) => secretsNamedIn(settings).includes(secret));
  if (using.length === 0) return <span className="muted">none</span>;
  return (
    <span className="row">
      {using.map(({ name }) => (
        <Link key={name} className="tag" href={settingsAddress('channels')}>
          {name}
        </Link>
      ))}
    </span>
  );
}

function SetSecret({ name: known }: { readonly name?: string }) {
  const { client } = useApi();
  const [name, setName] = useState(known ?? '');
  const [value, setValue] = useState('');
  const [isLong, setLong] = useState(false);
  const act = async () => {
    const reply = await client.setSecret(name.trim(), { value });
    // What was typed is needed no longer, and is not left in the page.
    if (reply.ok) setValue('');
    return reply;
  };
  const field = {
    ...{ label: 'Value', at: '/body/value', value, set: setValue },
    hint: 'It is sent once and never shown again.',
  };
  return (
    <AskButton
      label={known === undefined ? 'Set a secret' : 'Replace'}
      {...(known === undefined ? { buttonWeight: 'main' } : { of: known, buttonWeight: 'quiet' })}
      title={known === undefined ? 'Set a secret' : `Replace ${known}`}
      action="Set it"
      act={act}
      said={`${name} is kept`}
    >
      {known === undefined && (
        <TextField
          label="Name"
          at="/path/name"
          placeholder="slack-token"
          hint="Lower-case letters, digits, “-” and “.”. A secret of this name gets a new version."
          value={name}
          set={setName}
        />
      )}
      {isLong ? <AreaField {...field} rows={6} /> : <TextField {...field} type="password" />}
      {!isLong && (
        <button type="button" className="button settings-own-line" onClick={() => setLong(true)}>
          It has several lines
        </button>
      )}
      {known !== undefined && (
        <p>
          What starts from now on gets the new value. What runs keeps the one it has until its next release.
        </p>
      )}
    </AskButton>
  );
}

function RemoveSecret({ name }: { readonly name: string }) {
  const { client } = useApi();
  return (
    <RemoveButton what={name} act={() => client.removeSecret(name)}>
      <p>
        All its versions are gone for good. Releases that name it are refused, and channels that use it fail,
        until it is set again.
      </p>
    </RemoveButton>
  );
}

function RotateKey() {
  const { client } = useApi();
  return (
    <AskButton
      label="Rotate the key"
      title="Rotate the key of the secrets?"
      action="Rotate it"
      act={() => client.rotateSecretsKey({})}
      said="Every secret is wrapped with a new key"
    >
      <p>
        A new key is made, and every secret of this organisation is wrapped with it. Values and versions stay
        as they are, and nothing has to be started again.
      </p>
    </AskButton>
  );
}
