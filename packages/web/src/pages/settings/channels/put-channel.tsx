import type { ChannelInput } from '@sluice/protocol/http/channel-calls.ts';
import type { ChannelView } from '@sluice/protocol/http/channels.ts';
import { useState } from 'react';
import { useApi } from '../../../api/dashboard-api.tsx';
import { AskButton } from '../../../parts/ask-button.tsx';
import { ChoiceField, TextField } from '../../../parts/fields.tsx';
import { ChannelFields } from './channel-fields.tsx';
import {
  CHANNEL_FORMS,
  type ChannelKind,
  firstTexts,
  settingsOfTexts,
  textsOfSettings,
} from './channel-forms.ts';

/** Adds a channel, or changes one. */
export function PutChannel({ channel }: { readonly channel?: ChannelView }) {
  const { client } = useApi();
  const known = channel?.kind as ChannelKind | undefined;
  const [name, setName] = useState(channel?.name ?? '');
  const [kind, setKind] = useState<ChannelKind>(known ?? 'slack');
  const [texts, setTexts] = useState(() =>
    channel && known ? textsOfSettings(known, channel.settings) : firstTexts(kind),
  );
  const choose = (chosen: string): void => {
    setKind(chosen as ChannelKind);
    setTexts(firstTexts(chosen as ChannelKind));
  };
  // Whatever was typed is sent: the API says what is wrong with it, at its field.
  const act = () =>
    client.putChannel(name.trim(), { settings: settingsOfTexts(kind, texts) as ChannelInput['settings'] });
  return (
    <AskButton
      label={channel ? 'Change' : 'Add a channel'}
      {...(channel ? { of: channel.name, buttonWeight: 'quiet' } : { buttonWeight: 'main' })}
      title={channel ? `Change ${channel.name}` : 'Add a channel'}
      action={channel ? 'Change it' : 'Add it'}
      act={act}
      said={`${name} is there. Try it, and subscribe it to something.`}
    >
      {!channel && (
        <>
          <TextField
            label="Name"
            at="/path/name"
            placeholder="team-shop"
            hint="Lower-case letters, digits and “-”. A channel of this name is replaced."
            value={name}
            set={setName}
          />
          <ChoiceField label="Kind" value={kind} set={choose}>
            {Object.entries(CHANNEL_FORMS).map(([key, { label }]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </ChoiceField>
        </>
      )}
      <ChannelFields kind={kind} texts={texts} set={setTexts} />
    </AskButton>
  );
}
