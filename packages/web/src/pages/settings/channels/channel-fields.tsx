import { AreaField, CheckField, ChoiceField, TextField } from '../../../parts/fields.tsx';
import { Words } from '../../../parts/words.tsx';
import {
  type ChannelField,
  type ChannelKind,
  fieldsOf,
  type FormTexts,
  settingFacts,
} from './channel-forms.ts';
import { SecretField } from './secret-field.tsx';

interface ChannelFieldsProps {
  readonly kind: ChannelKind;
  readonly texts: FormTexts;
  readonly set: (texts: FormTexts) => void;
}

/** The form of one kind of channel. */
export function ChannelFields({ kind, texts, set }: ChannelFieldsProps) {
  return fieldsOf(kind).map((field) => (
    <Setting
      key={`${kind} ${field.key}`}
      kind={kind}
      field={field}
      value={texts[field.key] ?? ''}
      set={(value) => set({ ...texts, [field.key]: value })}
    />
  ));
}

interface SettingProps {
  readonly kind: ChannelKind;
  readonly field: ChannelField;
  readonly value: string;
  readonly set: (value: string) => void;
}

function Setting({ kind, field, value, set }: SettingProps) {
  const { hint, isOptional } = settingFacts(kind, field.key);
  const common = {
    ...{ label: field.label, at: `/body/settings/${field.key}`, value, set, isOptional },
    ...(hint === '' ? {} : { hint: <Words text={hint} /> }),
    ...(field.example === undefined ? {} : { placeholder: field.example }),
  };
  switch (field.type) {
    case 'text':
      return <TextField {...common} />;
    case 'number':
      return <TextField {...common} type="number" />;
    case 'secret':
      return <SecretField {...common} />;
    case 'secrets':
      return <SecretFields {...common} />;
    case 'lines':
    case 'pairs':
      return <AreaField {...common} />;
    case 'switch':
      return <CheckField label={field.label} isOn={value === 'yes'} set={(isOn) => set(isOn ? 'yes' : '')} />;
    case 'choice':
      return (
        <ChoiceField {...common}>
          {field.choices?.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </ChoiceField>
      );
    case 'several':
      return <Several field={field} value={value} set={set} />;
  }
}

function Several({ field, value, set }: Omit<SettingProps, 'kind'>) {
  const chosen = value.split(',').filter((one) => one !== '');
  const choices = field.choices ?? [];
  return (
    <fieldset className="settings-choices">
      <legend>{field.label}</legend>
      {choices.map((choice) => (
        <CheckField
          key={choice}
          label={choice}
          isOn={chosen.includes(choice)}
          set={(isOn) =>
            set(choices.filter((one) => (one === choice ? isOn : chosen.includes(one))).join(','))
          }
        />
      ))}
    </fieldset>
  );
}

/** Most signing secrets of one webhook. */
const MOST = 3;

function SecretFields(props: Parameters<typeof SecretField>[0]) {
  const lines = props.value.split('\n');
  const put = (at: number, line: string): void => props.set(lines.with(at, line).join('\n'));
  return (
    <>
      {lines.map((line, at) => (
        <SecretField
          key={at}
          {...props}
          label={at === 0 ? props.label : `${props.label} ${at + 1}`}
          at={`${props.at}/${at}`}
          isOptional={at > 0}
          value={line}
          set={(text) => put(at, text)}
        />
      ))}
      {lines.length < MOST && (
        <button
          type="button"
          className="button settings-own-line"
          onClick={() => props.set(`${props.value}\n`)}
        >
          Add another, which replaces this one later
        </button>
      )}
    </>
  );
}
