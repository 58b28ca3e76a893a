import { basename } from 'node:path';
import type { Adoption, AdoptionSettings, ManifestFault } from '@sluice/kubernetes/adopt/adoption.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { Fault } from '@sluice/protocol/http/fault.ts';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal } from '../refused.ts';

/** What is said of manifests beside their files. */
export interface ManifestOptions {
  readonly application?: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly prometheus?: string;
}

/** The options that say something of manifests. */
export const MANIFEST_OPTIONS = ['application', 'cluster', 'namespace', 'prometheus'] as const;

/** Adds what can be said of manifests beside their files. */
export const withManifests = (command: Command): Command =>
  command
    .optionsGroup('Of manifests, which do not say it themselves:')
    .option(
      '--application <name>',
      'name of the application (default: that of the one workload, else of the file)',
    )
    .option('--cluster <name>', 'the cluster that they are for (default: default)')
    .option(
      '--namespace <name>',
      'the namespace of objects that name none (default: that of the others, else default)',
    )
    .option('--prometheus <url>', 'where Prometheus is, when they do not say')
    .optionsGroup('Options:');

/** A file of manifests that was read. */
export interface ManifestFile {
  /** As the person named it, for messages. */
  readonly file: string;
  readonly text: string;
}

/** Manifests, understood, and the sluice.yaml that says the same. */
export interface ManifestApplication {
  readonly text: string;
  readonly adoption: Extract<Adoption, { ok: true }>;
}

/** Whether a text is manifests of Kubernetes and no sluice.yaml; read leniently, whatever else is wrong with it. */
export const isManifests = (text: string): boolean =>
  !/^application[ \t]*:/m.test(text) &&
  (/^"?apiVersion"?[ \t]*:/m.test(text) || /^\s*\{[^]*"apiVersion"\s*:/.test(text));

/**
 * Writes the sluice.yaml that manifests stand for: each of their workloads is a component that is taken from its files.
 *
 * @param written how a file is named in the sluice.yaml
 */
export async function manifestApplication(
  files: readonly ManifestFile[],
  options: ManifestOptions & { readonly environment?: string | undefined },
  written: (file: string) => string,
): Promise<Outcome<ManifestApplication>> {
  const fault = optionFault(options);
  if (fault) return fault;
  const { adoptManifests } = await import('@sluice/kubernetes/adopt/adopt-manifests.ts');
  const asFiles: AdoptionSettings = {
    application: options.application ?? nameOf(files[0]?.file ?? ''),
    environment: options.environment ?? 'local',
    cluster: options.cluster ?? 'default',
    namespace: options.namespace ?? 'default',
    prometheus: options.prometheus ?? null,
  };
  const first = adoptManifests(files, asFiles);
  if (!first.ok) return refusedManifests(first.faults, files);
  const settings = { ...asFiles, ...saidBy(first, options) };
  const adoption = adoptManifests(files, settings);
  if (!adoption.ok) return refusedManifests(adoption.faults, files);
  return { ok: true, value: { adoption, text: textOf(adoption, settings, options.environment, written) } };
}

/** What the workloads say themselves, where all say the same: a file is often called by its kind. */
function saidBy(
  { parts }: Extract<Adoption, { ok: true }>,
  { application, namespace }: ManifestOptions,
): Partial<AdoptionSettings> {
  const [name, secondName] = parts.map(({ component }) => component.name);
  const places = new Set(parts.map(({ component }) => kubernetesSettings(component).namespace));
  const [place] = places;
  return {
    ...(application === undefined && name !== undefined && secondName === undefined && { application: name }),
    ...(namespace === undefined && place !== undefined && places.size === 1 && { namespace: place }),
  };
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function optionFault({ application, namespace }: ManifestOptions) {
  for (const [option, value] of Object.entries({ application, namespace }))
    if (value !== undefined && !NAME.test(value))
      return refusal(EXIT.refusedInput, 'invalid-name', {
        detail: `--${option} is "${value}", which is no name.`,
        remedy: 'Names have lower-case letters, digits and "-", at most 63.',
      });
  return undefined;
}

/** `deploy/Web Shop.yaml` with several workloads is the application `web-shop`. */
function nameOf(file: string): string {
  const plain = basename(file)
    .replace(/(\.k8s)?\.(ya?ml|json)$/i, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return plain.slice(0, 63).replaceAll(/^-+|-+$/g, '') || 'application';
}

function textOf(
  { parts }: Extract<Adoption, { ok: true }>,
  { application, cluster, namespace, prometheus }: AdoptionSettings,
  environment: string | undefined,
  written: (file: string) => string,
): string {
  const components = parts.map(({ component, files }) => {
    const names = files.map((file) => JSON.stringify(written(file))).join(', ');
    const metrics =
      prometheus === null
        ? ''
        : `    kubernetes: { metrics: { prometheus: ${JSON.stringify(prometheus)} } }\n`;
    return `  ${quoted(component.name)}:\n    manifests: [${names}]\n${metrics}`;
  });
  return [
    `application: ${quoted(application)}\n`,
    `target:\n  kubernetes: { cluster: ${quoted(cluster)}, namespace: ${quoted(namespace)} }\n`,
    `components:\n${components.join('')}`,
    environment === undefined ? '' : `environments:\n  ${quoted(environment)}: {}\n`,
  ].join('');
}

/** Words that a reader of YAML could take for something else than text stand in quotes. */
const quoted = (text: string): string =>
  /^[a-z][-a-z0-9]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(text)
    ? text
    : JSON.stringify(text);

function refusedManifests(faults: readonly ManifestFault[], files: readonly ManifestFile[]) {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  const { refused } = refusal(EXIT.refusedInput, 'invalid-manifests', {
    detail: first ? `${first.file}:${first.line}: ${first.message}${more}` : 'The manifests are refused.',
    remedy: 'Mend the lines above; nothing was changed.',
  });
  const [only, second] = files;
  const text = only && !second ? { text: only.text } : {};
  return { ok: false as const, refused: { ...refused, ...text, faults: faults.map(faultOf) } };
}

const faultOf = ({ file, line, path, message }: ManifestFault): Fault => ({
  ...{ file, line, column: 1, endColumn: 1 },
  path: path === '' ? 'the file' : path,
  message: path === '' ? message : `${path}: ${message}`,
});
