import type { ApplicationSpec, CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { type NamedCall, namedCalls } from './named-calls.ts';
import { refusedWith, type Refused } from './problems.ts';

/**
 * Why an application cannot be released by an organisation to which the machine of the control plane does not belong: it
 * would run something there, or read what lies there. Undefined when it can.
 */
export function foreignMeans({ components, checks }: ApplicationSpec): Refused | undefined {
  const used = [...components.flatMap(usesOf), ...checks.flatMap(commandOf)];
  if (used.length === 0) return undefined;
  return refusedWith(422, 'foreign-machine', {
    title: 'The machine belongs to others',
    detail: `${used.join('; ')}: that is the machine of the control plane, and not one of this organisation.`,
    remedy:
      'Release into a cluster of your own, with secrets that are kept (`sluice secrets set`), and with checks of its pods.',
  });
}

function usesOf(component: ComponentSpec): readonly string[] {
  const { name, workload, secrets, agents } = component;
  const read = Object.entries(secrets).filter(([, { from }]) => from === 'file' || from === 'environment');
  const commands = (agents?.hooks ?? []).filter(({ action }) => action.kind === 'command');
  return [
    ...(workload.on === 'machine' ? [`${name} would run on a machine`] : []),
    ...read.map(([variable, { from }]) => `${name} reads the secret ${variable} from ${FROM[from] ?? from}`),
    ...commands.map((hook) => `the hook ${hook.name} of ${name} is a command`),
    ...namedCalls(component).flatMap(readFor),
  ];
}

const FROM: Readonly<Record<string, string>> = { file: 'a file', environment: 'an environment' };

/** What of the machine would be read to call something. */
function readFor({ of, headers, files }: NamedCall): readonly string[] {
  const read = Object.entries(headers).filter(([, value]) => 'file' in value || 'environment' in value);
  return [
    ...read.map(([header]) => `the header ${header} of ${of} is read there`),
    ...(files.length > 0 ? [`the certificates of ${of} are read there`] : []),
  ];
}

const commandOf = ({ name, kind }: CheckSpec): readonly string[] =>
  kind === 'command' ? [`the check ${name} is a command`] : [];
