import type { ChannelView, SubscriptionView } from '@sluice/protocol/http/channels.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../../api/dashboard-api.tsx';
import { listQuestion } from '../../../api/questions.ts';
import { AskButton } from '../../../parts/ask-button.tsx';
import { ChoiceField, TextField } from '../../../parts/fields.tsx';

type Severity = SubscriptionView['severity'];

const PATTERNS = [
  ['kinds', 'Kinds of events', 'rollout.*, gate.*'],
  ['projects', 'Projects', 'retail'],
  ['applications', 'Applications', 'shop, pay-*'],
  ['environments', 'Environments', 'production'],
  ['components', 'Components', 'web'],
] as const;

const MINUTE_MS = 60_000;

/** `a, b` as patterns; nothing stands for all. */
const patternsOf = (text: string): string[] => {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length === 0 ? ['*'] : parts;
};

const textOf = (patterns: readonly string[]): string => {
  const text = patterns.join(', ');
  return text === '*' ? '' : text;
};

type Form = Readonly<
  Record<'name' | 'channel' | 'most' | 'minutes' | (typeof PATTERNS)[number][0], string>
> & {
  readonly severity: Severity;
};

function formOf(known: SubscriptionView | undefined): Form {
  return {
    ...{ name: known?.name ?? '', channel: known?.channel ?? '', severity: known?.severity ?? 'notice' },
    ...{ kinds: textOf(known?.kinds ?? []), projects: textOf(known?.projects ?? []) },
    applications: textOf(known?.applications ?? []),
    ...{ environments: textOf(known?.environments ?? []), components: textOf(known?.components ?? []) },
    most: known?.throttle ? String(known.throttle.most) : '',
    minutes: known?.throttle ? String(known.throttle.perMs / MINUTE_MS) : '60',
  };
}

/** Subscribes a channel to something, or changes what it hears. */
export function PutSubscription({ subscription }: { readonly subscription?: SubscriptionView }) {
  const { client } = useApi();
  const channels = useAnswer(listQuestion<ChannelView>('channels', (page) => client.channels(page)));
  const names = channels.value?.items.map(({ name }) => name) ?? [];
  const [form, setForm] = useState(() => formOf(subscription));
  const channel = form.channel === '' ? (names[0] ?? '') : form.channel;
  const put = (part: Partial<Form>): void => setForm({ ...form, ...part });
  const act = () => {
    const { severity, most, minutes, kinds, projects, applications, environments, components } = form;
    return client.putSubscription(form.name.trim(), {
      ...{ channel, severity, kinds: patternsOf(kinds), projects: patternsOf(projects) },
      applications: patternsOf(applications),
      ...{ environments: patternsOf(environments), components: patternsOf(components) },
      throttle: most.trim() === '' ? null : { most: Number(most), perMs: Number(minutes) * MINUTE_MS },
    });
  };
  return (
    <AskButton
      label={subscription ? 'Change' : 'Subscribe a channel'}
      {...(subscription ? { of: subscription.name, buttonWeight: 'quiet' } : { buttonWeight: 'main' })}
      title={subscription ? `Change ${subscription.name}` : 'Subscribe a channel'}
      action={subscription ? 'Change it' : 'Subscribe it'}
      act={act}
      said={`${channel} hears it from now on`}
    >
      {!subscription && (
        <TextField
          label="Name"
          at="/path/name"
          placeholder="shop-production"
          hint="Lower-case letters, digits and “-”. A subscription of this name is replaced."
          value={form.name}
          set={(name) => put({ name })}
        />
      )}
      <ChoiceField
        label="Channel"
        at="/body/channel"
        hint={names.length === 0 ? 'There is none yet: add a channel first.' : undefined}
        value={channel}
        set={(value) => put({ channel: value })}
      >
        {(names.includes(channel) || channel === '' ? names : [channel, ...names]).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </ChoiceField>
      <ChoiceField
        label="From which severity"
        value={form.severity}
        set={(severity) => put({ severity: severity as Severity })}
      >
        <option value="info">info: every step</option>
        <option value="notice">notice: beginnings and ends</option>
        <option value="warning">warning: what somebody should look at</option>
        <option value="critical">critical: what cannot wait</option>
      </ChoiceField>
      <OnlyOf form={form} put={put} />
      <AtMost form={form} put={put} />
    </AskButton>
  );
}

interface PartOfForm {
  readonly form: Form;
  readonly put: (part: Partial<Form>) => void;
}

function OnlyOf({ form, put }: PartOfForm) {
  return (
    <fieldset className="settings-pairs">
      <legend>Only of</legend>
      {PATTERNS.map(([key, label, example]) => (
        <TextField
          key={key}
          label={label}
          at={`/body/${key}`}
          placeholder={`all, or ${example}`}
          isOptional
          value={form[key]}
          set={(value) => put({ [key]: value })}
        />
      ))}
    </fieldset>
  );
}

function AtMost({ form, put }: PartOfForm) {
  return (
    <fieldset className="settings-pairs">
      <legend>At most; what comes beyond is summed up, and what is critical is always told</legend>
      <TextField
        label="Messages"
        type="number"
        at="/body/throttle/most"
        placeholder="no limit"
        isOptional
        value={form.most}
        set={(most) => put({ most })}
      />
      <TextField
        label="In so many minutes"
        type="number"
        at="/body/throttle/perMs"
        isOptional
        value={form.minutes}
        set={(minutes) => put({ minutes })}
      />
    </fieldset>
  );
}
