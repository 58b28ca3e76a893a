import type { ReleaseInput } from '@sluice/protocol/http/requests.ts';
import { type Command, Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import type { Outcome } from '../refused.ts';
import { type FileOptions, readReleasableFile, withFile } from './application-file.ts';
import { withManifests } from './manifest-application.ts';
import { findReleaseSource, type SourceOptions } from './release-source.ts';
import { readShare } from './share-option.ts';

/** What `deploy` and `plan` are told about a release. */
export interface ReleaseOptions extends FileOptions, SourceOptions {
  /** Called `label` because commander keeps `version` for itself. */
  readonly version?: string;
  readonly strategy?: string;
  readonly component?: readonly string[];
  readonly hotfix?: boolean;
  readonly onConflict?: 'supersede' | 'queue' | 'refuse';
  readonly canaryWeight?: string;
}

/** Adds the options that describe a release. */
export function withRelease(command: Command): Command {
  const release = withFile(command)
    .option('-e, --env <name>', 'environment of the file (default: its only one)')
    .option(
      '-v, --version <label>',
      'what people call this release; part of what names its revisions (default: made from their content)',
    )
    .option('-s, --strategy <name>', 'a strategy of the file, or a preset such as canary or blue-green')
    .option('-c, --component <name...>', 'only these components (default: all)')
    .option('--hotfix', 'replace a broken stable revision without waiting for it')
    .addOption(
      new Option('--on-conflict <what>', 'when another release is under way (default: supersede)').choices([
        'supersede',
        'queue',
        'refuse',
      ]),
    )
    .option('--canary-weight <percent>', 'share at which a canary begins, for example 25 (CANARY_WEIGHT)')
    .option('--commit <sha>', 'the commit that is released (default: what CI or git says)')
    .option('--repository <url>', 'the repository that it is in (default: what CI or git says)')
    .option('--ref <name>', 'its branch or tag (default: what CI or git says)')
    .option('--no-source', 'say nothing of where the code comes from');
  return withManifests(release);
}

/** Reads the file and the options into a request. */
export async function releaseInput(
  context: CommandContext,
  options: ReleaseOptions,
): Promise<Outcome<ReleaseInput>> {
  const file = await readReleasableFile(context, options);
  if (!file.ok) return file;
  const share = canaryShare(context, options);
  if (!share.ok) return share;
  const source = await findReleaseSource(context, options, file.value.baseDirectory);
  if (!source.ok) return source;
  const { env, version, strategy, component, hotfix, onConflict } = options;
  const request: ReleaseInput = {
    ...file.value,
    by: context.world.userName,
    ...(env !== undefined && { environment: env }),
    ...(version !== undefined && { version }),
    ...(strategy !== undefined && { strategy }),
    ...(component !== undefined && { components: [...component] }),
    ...(hotfix && { lane: 'hotfix' as const }),
    ...(onConflict !== undefined && { onConflict }),
    ...(share.value !== undefined && { canaryShareBasisPoints: share.value }),
    ...(source.value !== undefined && { source: source.value }),
  };
  return { ok: true, value: request };
}

function canaryShare(
  { world }: CommandContext,
  { canaryWeight }: ReleaseOptions,
): Outcome<number | undefined> {
  if (canaryWeight !== undefined) return readShare(canaryWeight, '--canary-weight');
  const variable = world.environment['CANARY_WEIGHT'];
  return variable ? readShare(variable, 'CANARY_WEIGHT') : { ok: true, value: undefined };
}
