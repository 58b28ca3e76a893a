import { type ModuleReference, moduleReferencesOf } from '../module-references.ts';
import type { Finding } from '../finding.ts';
import { type SourceFile, isTestCode } from '../source-file.ts';
import type { SourceTree } from '../source-tree.ts';
import { resolveModule, workspacesOf } from '../workspace.ts';
import { portFilesOf } from './ports.ts';

/**
 * "What may import what" of docs/architecture.md, judged by our own code because the checkers that exist either need
 * the compiler API that TypeScript 7 does not have, or report no line, or do not know which files are ports.
 */

interface Row {
  /** A folder without `packages/` and `src/`; `*` stands for one name. The first row that fits is the one that counts. */
  readonly folder: string;
  /** Folders that it may import besides itself; after `types ` only types may be taken. */
  readonly may: readonly string[];
  /** Exceptions from `may`. */
  readonly not?: readonly string[];
}

const everything = [
  'core',
  'protocol',
  'config',
  'kubernetes',
  'fake-kubernetes',
  'host',
  'worker',
  'sandbox',
  'server',
  'cli',
  'web',
  'simulation',
  'benchmarks',
];

/** The only files that know all the others of the server. */
const COMPOSITION_ROOTS: readonly string[] = [
  'server/run-server.ts',
  'server/run-tenants.ts',
  'server/run-tenant.ts',
  'server/start-delivery.ts',
  'server/start-telling.ts',
  'server/tenant-parts.ts',
  'server/wire-places.ts',
  'server/channel-adapters.ts',
];
const AGENTS_ROOT = 'server/run-agents.ts';

const rows: readonly Row[] = [
  { folder: 'core/kernel', may: [] },
  {
    folder: 'core/rollout',
    may: ['core/kernel', 'core/analysis', 'core/gates', 'core/traffic', 'core/policy', 'types core/tasks'],
  },
  { folder: 'core/gates', may: ['core/kernel'] },
  { folder: 'core/tasks', may: ['core/kernel', 'core/analysis'] },
  { folder: 'core/promotion', may: ['core/kernel', 'types core/rollout'] },
  { folder: 'core/regions', may: ['core/kernel', 'types core/rollout'] },
  { folder: 'core/*', may: ['core/kernel'] },
  { folder: 'protocol', may: [] },
  { folder: 'kubernetes', may: ['core'] },
  { folder: 'config', may: ['core', 'kubernetes'] },
  // The host counts latencies in the judge's own buckets.
  {
    folder: 'host',
    may: ['core/kernel', 'core/traffic', 'core/analysis/histogram.ts', 'core/ledger', 'protocol', 'sandbox'],
  },
  { folder: 'worker', may: ['core/kernel', 'core/ledger', 'core/tasks', 'protocol', 'sandbox'] },
  // What keeps processes apart, for the host and for what workers run.
  { folder: 'sandbox', may: ['core/kernel', 'core/tasks'] },
  // Who starts a machine also stops its database.
  { folder: 'cli/machine', may: ['core', 'protocol', 'config', 'cli', 'server/store/embedded'] },
  { folder: 'cli', may: ['core', 'protocol', 'config', 'kubernetes', 'sandbox'] },
  { folder: 'web', may: ['core', 'protocol'] },
  { folder: AGENTS_ROOT, may: ['server', 'core', 'protocol'], not: COMPOSITION_ROOTS },
  ...COMPOSITION_ROOTS.map((folder) => ({
    folder,
    may: ['server', 'core', 'protocol', 'config', 'kubernetes'],
  })),
  {
    folder: 'server/server-arguments.ts',
    may: ['server', 'core', 'protocol'],
    not: ['server/store', 'server/api'],
  },
  { folder: 'server/main.ts', may: ['server', 'core'], not: ['server/store', 'server/api'] },
  // The architecture says "types": the kernel's failures and ids are the words that types are made of.
  // An entry of the ledger is hashed where it is written, and knows the request that it comes from.
  {
    folder: 'server/store',
    may: ['core/kernel', 'core/ledger', 'protocol/ledger', 'server/ledger/acting.ts', 'types core'],
  },
  {
    folder: 'server/api',
    may: ['server', 'core', 'protocol', 'config'],
    not: ['server/store', 'server/main.ts', ...COMPOSITION_ROOTS, AGENTS_ROOT],
  },
  // The shared client of the hosts, as server/kubernetes is that of clusters.
  { folder: 'server/host-client', may: ['core', 'protocol'] },
  { folder: 'server/kubernetes', may: ['core', 'kubernetes'] },
  {
    folder: 'server/*',
    may: [
      'core',
      'config',
      'kubernetes',
      'protocol',
      'server/store',
      'server/loop',
      'server/telemetry',
      'server/expressions',
      'server/kubernetes',
      'server/places',
      'server/bundles/source-folder.ts',
      // How refusals are written down.
      'server/rollouts/problems.ts',
      // How certificates are written down.
      'server/tls/issue-certificate.ts',
      'types server',
    ],
    not: ['server/api', 'server/main.ts', ...COMPOSITION_ROOTS, AGENTS_ROOT],
  },
  { folder: 'fake-kubernetes', may: ['core', 'kubernetes'] },
  { folder: 'simulation', may: everything },
  { folder: 'benchmarks', may: everything },
  { folder: 'tools/codegen', may: ['config', 'protocol', 'server', 'cli'] },
  { folder: 'tools/*', may: [] },
  // What the authors of agents install.
  { folder: 'examples/*', may: ['worker'] },
];

/** Features of the server whose folders are adapters to the world: one folder each, wired in main.ts alone. */
const featuresWithAdapters = new Set(['targets', 'routing', 'metrics', 'gitops', 'notify', 'environments']);

/** An adapter knows its port, what it adapts to and the way out, never another adapter and never the store. */
const adapterMay = [
  'core',
  'protocol',
  'kubernetes',
  'server/kubernetes',
  'server/host-client',
  // The type of the guarded connections, which are given to it.
  'server/outgoing/outgoing.ts',
];

/** Tests may use anything of their own package, the module that reports skipped tests, and the cluster made for them. */
const testsMay = ['tools/test-all/skip-report.ts', 'fake-kubernetes'];

/** Refuses every import between our own files that the table of the architecture does not list. */
export function checkImportTable(tree: SourceTree): Finding[] {
  const workspaces = workspacesOf(tree);
  const portFiles = portFilesOf(tree);
  return tree.sources.flatMap((file) =>
    moduleReferencesOf(file).flatMap((reference) => {
      const target = resolveModule(workspaces, file.path, reference.specifier);
      if (target.kind !== 'ours') return [];
      return judge(portFiles, {
        file,
        reference,
        from: file.path,
        to: target.path,
        typeOnly: reference.typeOnly,
      });
    }),
  );
}

interface Import {
  readonly file: SourceFile;
  readonly reference: ModuleReference;
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function judge(portFiles: ReadonlySet<string>, found: Import): Finding[] {
  const { from, to, reference } = found;
  const complain = (problem: string, remedy: string): Finding[] => [
    { file: from, line: reference.line, rule: 'import-table', problem, remedy },
  ];
  if (reference.specifier.startsWith('.') && packageOf(from) !== packageOf(to)) {
    const problem = `${reference.specifier} leaves the package by a relative path`;
    return complain(problem, `import it by package name: @sluice/${to.split('/')[1]}/…`);
  }
  if (!isTestCode(from) && isTestCode(to) && !isPrivate(from)) {
    return complain(`${shortPath(to)} is test code`, 'move what both need into a file that is not test code');
  }
  const allowed = isTestCode(from) ? mayTestImport(portFiles, found) : mayImport(portFiles, found);
  if (allowed) return [];
  if (adapterFolderOf(from) !== undefined && liesBeside(from, to)) {
    return complain(
      `${shortPath(to)} is no port: no contract lies beside it or beside the port that uses it`,
      `write the contract that every adapter runs: ${shortPath(to).replace(/\.ts$/, '.contract.ts')}`,
    );
  }
  return complain(
    `${shortPath(from)} may not import ${shortPath(to)} (it may import ${allowedTo(from)})`,
    'take what you need as a parameter or through a port, or move it to a folder that both may import',
  );
}

function mayTestImport(portFiles: ReadonlySet<string>, found: Import): boolean {
  const { from, to } = found;
  if (packageOf(from) === packageOf(to) || lies(shortPath(to), testsMay)) return true;
  if (/^packages\/[^/]+\/test\//.test(from)) return !isPrivate(to);
  return mayImport(portFiles, found);
}

function mayImport(portFiles: ReadonlySet<string>, { from, to, typeOnly }: Import): boolean {
  const source = shortPath(from);
  const target = shortPath(to);
  const adapter = adapterFolderOf(from);
  const targetAdapter = adapterFolderOf(to);
  if (targetAdapter !== undefined) {
    return (
      adapter === targetAdapter ||
      COMPOSITION_ROOTS.includes(source) ||
      source === AGENTS_ROOT ||
      isPrivate(from)
    );
  }
  if (adapter !== undefined) {
    return lies(target, adapterMay) || (featureOf(source) === featureOf(target) && portFiles.has(to));
  }
  const row = rowOf(source);
  if (row === undefined) return false;
  if (home(source, row) === home(target, row)) return true;
  if (lies(target, row.not ?? [])) return false;
  if (lies(target, row.may)) return true;
  if (!typeOnly) return false;
  return lies(target, typesOf(row));
}

/** `targets/local` for a file of that adapter. */
function adapterFolderOf(path: string): string | undefined {
  const [, feature, folder] = /^packages\/server\/src\/([^/]+)\/([^/]+)\/.+/.exec(path) ?? [];
  if (feature === undefined || !featuresWithAdapters.has(feature) || folder === 'testing') return undefined;
  return `${feature}/${folder}`;
}

function allowedTo(from: string): string {
  if (adapterFolderOf(from) !== undefined) return [...adapterMay, 'its own port'].join(', ');
  const may = rowOf(shortPath(from))?.may ?? [];
  return may.length === 0 ? 'nothing outside itself' : may.join(', ');
}

function rowOf(source: string): Row | undefined {
  return rows.find(({ folder }) => home(source, { folder }) !== undefined);
}

/** The part of a path that a row's folder stands for, or undefined where the row does not fit. */
function home(path: string, { folder }: Pick<Row, 'folder'>): string | undefined {
  const names = path.split('/');
  const wanted = folder.split('/');
  const fits =
    names.length >= wanted.length && wanted.every((name, at) => name === '*' || name === names[at]);
  return fits ? names.slice(0, wanted.length).join('/') : undefined;
}

function lies(target: string, folders: readonly string[]): boolean {
  return folders.some((folder) => target === folder || target.startsWith(`${folder}/`));
}

function typesOf(row: Row): string[] {
  return row.may
    .filter((folder) => folder.startsWith('types '))
    .map((folder) => folder.slice('types '.length));
}

/** True for a file that lies directly in the feature to which the adapter belongs. */
function liesBeside(adapterFile: string, path: string): boolean {
  return featureOf(shortPath(adapterFile)) === path.replace(/^packages\/(.*)\/src\/(.*)\/[^/]+$/, '$1/$2');
}

function featureOf(shortened: string): string {
  return shortened.split('/').slice(0, 2).join('/');
}

/** Nothing that ships imports the simulation, the benchmarks or the fake cluster. */
function isPrivate(path: string): boolean {
  return /^packages\/(simulation|benchmarks|fake-kubernetes)\//.test(path);
}

function packageOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

/** `packages/core/src/kernel/hash.ts` as `core/kernel/hash.ts`: the words of the table. */
function shortPath(path: string): string {
  return path.replace(/^packages\//, '').replace(/^(tools\/[^/]+|[^/]+)\/src\//, '$1/');
}
