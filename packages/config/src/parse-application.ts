import type { ApplicationSpec } from '@sluice/core/rollout/component-spec.ts';
import { type Diagnostic, type Fault, diagnosticsOf, unlessMisspelt } from './diagnostics/diagnostic.ts';
import { manifestDiagnostics } from './diagnostics/manifest-diagnostics.ts';
import { nearestName } from './diagnostics/nearest-name.ts';
import { readDocument } from './document/read-document.ts';
import type { SourceValue } from './document/source-value.ts';
import { type ApplicationInput, applicationLanguage } from './language/application-language.ts';
import { listed } from './language/expectation.ts';
import type { Loose } from './reading/loose.ts';
import { readValue } from './reading/read-value.ts';
import { type FileContents, FOREIGN_FILES, UNREAD_FILES, readFiles } from './resolve/file-contents.ts';
import { environmentNames } from './resolve/placed-component.ts';
import { strategyNames } from './resolve/placed-strategy.ts';
import { resolveApplication } from './resolve/resolve-application.ts';
import { checkRules } from './rules/check-rules.ts';
import type { ExpressionCheck } from './rules/expressions.ts';
import { doubts } from './rules/warnings.ts';

/** What is asked of a file. */
export interface ParseOptions {
  /** Its name in diagnostics, as the person gave it. */
  readonly file: string;
  /** Left away: the only environment that the file declares, or `local` when it declares none. */
  readonly environment?: string | undefined;
  /** Folder to which paths in the file are relative; absolute. */
  readonly baseDirectory: string;
  /** Strategy of all components, whatever the file says: a name in the file or a preset. */
  readonly strategy?: string | undefined;
  /**
   * Whether folders and files must be on this machine, and are read. Looks at the disk. Without it, files of containers
   * are empty and components that are taken from manifests are left out: such an application is not for releasing.
   */
  readonly checkFiles?: boolean | undefined;
  /** The machine belongs to others than whoever asks: whatever names a file is refused. */
  readonly isForeign?: boolean | undefined;
  /** How expressions in CEL are checked; without it they are taken as they are. */
  readonly checkExpression?: ExpressionCheck | undefined;
  /** How conditions of measurements, in CEL over `result`, are checked; without it they are taken as they are. */
  readonly checkCondition?: ExpressionCheck | undefined;
}

/** A file that may be used, or everything that is wrong with it in the order of its lines. */
export type ParseOutcome =
  | {
      readonly ok: true;
      /** Resolved for one environment, with every default filled in. */
      readonly application: ApplicationSpec;
      /** The environments that may be asked for. */
      readonly environments: readonly string[];
      /** What is allowed but probably not meant. */
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Reads a sluice.yaml. Never throws, whatever the text; all problems are told at once. */
export function parseApplication(text: string, options: ParseOptions): ParseOutcome {
  const { root, faults, lines } = readDocument(text);
  const place = (found: readonly Fault[]): readonly Diagnostic[] =>
    diagnosticsOf(found, { file: options.file, text, root: root ?? NOTHING, lines });
  if (!root) return { ok: false, diagnostics: place(faults) };
  const reading = readValue(applicationLanguage, root);
  const shape = [...faults, ...reading.faults];
  if (!reading.value) return { ok: false, diagnostics: place(shape) };
  const files = filesFor(options);
  const asked = answer(reading.value, options);
  const all = [
    ...shape,
    ...asked.faults,
    ...unlessMisspelt(checkRules(asked.input, ruleOptions(options, asked.environment, files)), shape),
  ];
  if (all.length > 0 || asked.environment === undefined) return { ok: false, diagnostics: place(all) };
  // Without faults nothing is missing, so the loose reading is a whole one.
  const input = asked.input as ApplicationInput;
  const { file, baseDirectory } = options;
  const resolution = resolveApplication(asked.environment, { input, file, baseDirectory, files });
  const { faults: placed, manifestFaults, differences } = resolution;
  if (placed.length > 0 || manifestFaults.length > 0)
    return { ok: false, diagnostics: [...place(placed), ...manifestDiagnostics(manifestFaults)] };
  const doubted = [...doubts(reading.value, options.strategy), ...resolution.doubts];
  return {
    ok: true,
    application: resolution.application,
    environments: environmentNames(reading.value),
    warnings: [...place(doubted), ...manifestDiagnostics(differences)],
  };
}

const filesFor = ({ isForeign, checkFiles, baseDirectory }: ParseOptions): FileContents =>
  isForeign ? FOREIGN_FILES : checkFiles ? readFiles(baseDirectory) : UNREAD_FILES;

const NOTHING: SourceValue = { kind: 'refused', span: { start: 0, end: 0 } };

const ruleOptions = (
  { checkFiles, isForeign, baseDirectory, checkExpression, checkCondition }: ParseOptions,
  environment: string | undefined,
  contents: FileContents,
): Parameters<typeof checkRules>[1] => ({
  ...((checkFiles || isForeign) &&
    environment !== undefined && { files: { baseDirectory, environment, contents } }),
  ...(checkExpression && { checkExpression }),
  ...(checkCondition && { checkCondition }),
});

/** The file as it is asked for: in one environment, and with the strategy of the person who asks. */
function answer(
  input: Loose<ApplicationInput>,
  { environment: asked, strategy }: ParseOptions,
): { input: Loose<ApplicationInput>; environment: string | undefined; faults: readonly Fault[] } {
  const chosen = chooseEnvironment(input, asked);
  if (typeof chosen !== 'string') return { input, environment: undefined, faults: [chosen] };
  if (strategy === undefined) return { input, environment: chosen, faults: [] };
  const names = strategyNames(input);
  if (names.includes(strategy))
    return { input: withStrategy(input, chosen, strategy), environment: chosen, faults: [] };
  return { input, environment: chosen, faults: [notThere('strategies', strategy, names)] };
}

function chooseEnvironment(input: Loose<ApplicationInput>, asked: string | undefined): string | Fault {
  const names = environmentNames(input);
  const [only, second] = names;
  if (asked !== undefined) return names.includes(asked) ? asked : notThere('environments', asked, names);
  if (only !== undefined && second === undefined) return only;
  return {
    path: ['environments'],
    at: 'key',
    says: `are ${listed(names, 'and', names.length)}; say which one is meant`,
  };
}

/** A name that was asked for beside the file, and is not in it. */
function notThere(key: 'environments' | 'strategies', asked: string, names: readonly string[]): Fault {
  const suggestion = nearestName(asked, names);
  const remedy =
    suggestion === undefined
      ? `there are ${listed(names, 'and', names.length)}`
      : `did you mean "${suggestion}"?`;
  const says = `do not have "${asked}", which was asked for; ${remedy}`;
  return {
    path: [key],
    at: 'key',
    says,
    found: JSON.stringify(asked),
    ...(suggestion !== undefined && { suggestion }),
  };
}

function withStrategy(
  input: Loose<ApplicationInput>,
  environment: string,
  strategy: string,
): Loose<ApplicationInput> {
  const here = input.environments?.[environment] ?? {};
  const components = Object.fromEntries(
    Object.keys(input.components ?? {}).map((name) => [name, { ...here.components?.[name], strategy }]),
  );
  const overrides = { ...here.components, ...components };
  return {
    ...input,
    environments: { ...input.environments, [environment]: { ...here, components: overrides } },
  };
}
