import type { ReactNode } from 'react';
import type { SecretView } from '@sluice/protocol/http/secrets.ts';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { ChoiceField, TextField } from '../../../parts/fields.tsx';

const WHERE = {
  secret: { label: 'kept by Sluice', example: 'channel-slack' },
  env: { label: 'in a variable of the server', example: 'SLUICE_CHANNEL_SLACK' },
  file: { label: 'in a file of the server', example: '/var/lib/sluice/secrets/slack' },
} as const;

type Where = keyof typeof WHERE;

interface SecretFieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly isOptional: boolean;
  readonly at: string;
  /** `secret:NAME`, `env:NAME` or `file:PATH`. */
  readonly value: string;
  readonly set: (value: string) => void;
}

/** Where a secret lies; the secret itself is never asked for here. */
export function SecretField(props: SecretFieldProps) {
  const { client } = useApi();
  const known =
    useAnswer(listQuestion<SecretView>('secrets', (page) => client.secrets(page))).value?.items ?? [];
  const [, found = 'secret', name = ''] = /^(secret|env|file):(.*)$/s.exec(props.value) ?? [];
  const where = found as Where;
  const put = (place: string, text: string): void => props.set(`${place}:${text}`);
  return (
    <fieldset className="settings-secret">
      <legend>{props.label}</legend>
      <ChoiceField label="Where it lies" value={where} set={(place) => put(place, name)}>
        {Object.entries(WHERE).map(([place, { label }]) => (
          <option key={place} value={place}>
            {label}
          </option>
        ))}
      </ChoiceField>
      <TextField
        label={where === 'file' ? 'Path' : 'Name'}
        at={props.at}
        placeholder={WHERE[where].example}
        isOptional={props.isOptional}
        {...(where === 'secret' ? { list: known.map((secret) => secret.name) } : {})}
        value={name}
        set={(text) => (text === '' ? props.set(where === 'secret' ? '' : `${where}:`) : put(where, text))}
      />
      {props.hint !== undefined && <span className="small muted">{props.hint}</span>}
    </fieldset>
  );
}
