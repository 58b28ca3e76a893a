import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ContainerSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { type ParseOptions, type ParseOutcome, parseApplication } from '../src/parse-application.ts';

/** A file as it is parsed for tests, below `/srv/app` unless said otherwise. */
export const outcomeOf = (text: string, more: Partial<ParseOptions> = {}): ParseOutcome =>
  parseApplication(text, { file: 'sluice.yaml', baseDirectory: '/srv/app', ...more });

/** The components of a file that is taken; what is wrong with it is thrown. */
export function componentsOf(text: string, more: Partial<ParseOptions> = {}): readonly ComponentSpec[] {
  const outcome = outcomeOf(text, more);
  if (!outcome.ok) throw new TypeError(outcome.diagnostics.map(({ message }) => message).join('\n'));
  return outcome.application.components;
}

/** The only component of a file that is taken. */
export function componentOf(text: string, more: Partial<ParseOptions> = {}): ComponentSpec {
  const [component, second] = componentsOf(text, more);
  if (component === undefined || second !== undefined) throw new TypeError('there is not one component');
  return component;
}

/** What is wrong with a file, with line and column; empty when it is taken. */
export function messagesOf(text: string, more: Partial<ParseOptions> = {}): readonly string[] {
  const outcome = outcomeOf(text, more);
  return outcome.ok
    ? []
    : outcome.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** A file with one component on Kubernetes that has these keys. */
export const kubernetesFile = (keys: string, rest = ''): string =>
  `application: shop\ntarget: kubernetes\ncomponents:\n  web: { image: "ghcr.io/shop/web:1", ${keys} }\n${rest}`;

/** A file with one component on Kubernetes that has these keys in its block. */
export const kubernetesBlock = (keys: string): string =>
  kubernetesFile(`resources: { cpu: 1, memory: 1Gi }, kubernetes: { ${keys} }`);

/** The settings of the only component of a file. */
export const settingsOf = (text: string): KubernetesSettings => kubernetesSettings(componentOf(text));

/** The container of the only component of a file. */
export const containerOf = (text: string): ContainerSettings =>
  settingsOf(text).workload as ContainerSettings;
