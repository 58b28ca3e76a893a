import type { ApplicationSpec, CheckSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { refusedWith, type Refused } from './problems.ts';

/**
 * Why an application cannot be released by an organisation to which the machine of the control plane does not belong: it
 * would run something there, read what lies there, or have the control plane call whatever address it names, from within
 * the network of others. Undefined when it can.
 */
export function foreignMeans({ components, checks }: ApplicationSpec): Refused | undefined {
  const used = [...components.flatMap(usesOf), ...checks.flatMap(commandOf)];
  if (used.length === 0) return undefined;
  return refusedWith(422, 'foreign-machine', {
    title: 'The machine belongs to others',
    detail: `${used.join('; ')}: that is the machine of the control plane, and not one of this organisation.`,
    remedy:
      'Release into a cluster of your own, with secrets that are kept (`sluice secrets set`) or in Vault, and with checks of its pods.',
  });
}

function usesOf(component: ComponentSpec): readonly string[] {
  const { name, workload, secrets, agents, needs } = component;
  const read = Object.entries(secrets).filter(([, { from }]) => from === 'file' || from === 'environment');
  const commands = (agents?.hooks ?? []).filter(({ action }) => action.kind === 'command');
  return [
    ...(workload.on === 'machine' ? [`${name} would run on a machine`] : []),
    ...read.map(([variable, { from }]) => `${name} reads the secret ${variable} from ${FROM[from] ?? from}`),
    ...commands.map((hook) => `the hook ${hook.name} of ${name} is a command`),
    ...(needs.length > 0 ? [`the needs of ${name} would be reached from the control plane`] : []),
    ...[...new Set(addressesIn(component))].map((address) => `${name} would have ${address} called`),
  ];
}

const FROM: Readonly<Record<string, string>> = { file: 'a file', environment: 'an environment' };

/** Every address over HTTP, wherever in a component it stands: of metrics, of measurements and of hooks. */
function addressesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    (key === 'address' || key === 'url') && typeof part === 'string' && /^https?:/i.test(part)
      ? [part]
      : addressesIn(part),
  );
}

const commandOf = ({ name, kind }: CheckSpec): readonly string[] =>
  kind === 'command' ? [`the check ${name} is a command`] : [];
