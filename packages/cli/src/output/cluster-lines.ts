import type { ClusterHealthView, ClusterView, CredentialsReference } from '@sluice/protocol/http/clusters.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { harmless } from './text-width.ts';

/** The cluster of a file that names none. */
export const DEFAULT_CLUSTER = 'default';

/** The clusters that files may name as a table: those that are registered, and the default one. */
export function clusterLines(clusters: readonly ClusterView[]): readonly string[] {
  const registered = clusters.map(({ name, region, provider, credentials }) =>
    [name, region ?? '-', provider ?? '-', credentialsWords(credentials)].map(harmless),
  );
  const hasDefault = clusters.some(({ name }) => name === DEFAULT_CLUSTER);
  return [
    ...table(
      [{ title: 'CLUSTER' }, { title: 'REGION' }, { title: 'PROVIDER' }, { title: 'CREDENTIALS' }],
      [...registered, ...(hasDefault ? [] : [[DEFAULT_CLUSTER, '-', '-', BY_ITSELF]])],
    ),
    ...(clusters.length === 0
      ? ['No cluster is registered; `sluice cluster add NAME --context CONTEXT` registers one.']
      : []),
  ];
}

const BY_ITSELF =
  'not registered: the own cluster of the control plane, or else the current context of its default kubeconfig';

/** Where credentials come from, in words. */
export function credentialsWords(credentials: CredentialsReference): string {
  if (credentials.kind === 'in-cluster') return 'the service account of its own pod';
  const { path, context } = credentials;
  const file = path === undefined ? 'the default kubeconfig' : path;
  return context === undefined ? `the current context of ${file}` : `the context ${context} of ${file}`;
}

/** Whether anything of a cluster keeps Sluice from working with it. */
export const isLacking = ({ reachable, missing, apis }: ClusterHealthView): boolean =>
  !reachable || missing.length > 0 || apis.some(({ served, neededBy }) => !served && neededBy.length > 0);

/** What was found of a cluster: whether it answers, what it serves and what is not permitted. */
export function clusterHealthLines(health: ClusterHealthView, style: Style): readonly string[] {
  const { name, reachable, version, user, detail, namespaces } = health;
  if (!reachable) return [bad(style, harmless(`cluster ${name}: ${detail ?? 'it does not answer'}`))];
  const known = user === null ? '' : `, which knows Sluice as ${user}`;
  const missing = missingLines(health, style);
  const where = namespaces.join(', ');
  return [
    good(style, harmless(`cluster ${name}: Kubernetes ${version ?? 'of an unknown version'}${known}`)),
    ...apiLines(health, style),
    ...(missing.length > 0
      ? [bad(style, `  permissions in ${where}: these are missing`), ...missing]
      : [good(style, `  permissions in ${where}: all that Sluice needs`)]),
  ];
}

function apiLines({ apis }: ClusterHealthView, style: Style): readonly string[] {
  return apis.map(({ kind, name, served, neededBy }) => {
    if (served) return good(style, `  ${kind} (${name}) is served`);
    if (neededBy.length === 0)
      return style.paint('dim', `  ${style.symbols.todo} ${kind} (${name}) is not served; nothing needs it`);
    return bad(style, `  ${kind} (${name}) is not served, and is needed by ${neededBy.join(', ')}`);
  });
}

/** One line for each resource of a namespace. */
function missingLines({ missing }: ClusterHealthView, style: Style): readonly string[] {
  const rows = new Map<string, { verbs: string[]; why: string }>();
  for (const { verb, group, resource, namespace, why } of missing) {
    const key = `${group === '' ? resource : `${resource}.${group}`} in ${namespace}`;
    const row = rows.get(key) ?? { verbs: [], why };
    row.verbs.push(verb);
    rows.set(key, row);
  }
  return [...rows].map(
    ([what, { verbs, why }]) => `      ${verbs.join(', ')} ${what} ${style.paint('dim', `(${why})`)}`,
  );
}

const marked = (mark: string, text: string): string => text.replace(/^( *)/, `$1${mark} `);
const good = ({ paint, symbols }: Style, text: string): string => marked(paint('good', symbols.done), text);
const bad = ({ paint, symbols }: Style, text: string): string => marked(paint('bad', symbols.failed), text);
