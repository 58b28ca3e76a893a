import { createHash } from 'node:crypto';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { ApplicationSpec, ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { revisionContent } from '@sluice/core/rollout/revision-content.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { type FileOptions, readReleasableFile, withFile } from '../context/application-file.ts';
import { withManifests } from '../context/manifest-application.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

interface RenderOptions extends FileOptions {
  readonly version?: string;
}

/** `sluice render`: what a release would bring to a cluster, as manifests. */
export const render: DefineCommand = (command, run) => {
  withManifests(
    withFile(
      command.description(
        'Prints the Kubernetes objects that a release of a file would bring to its clusters, without a control plane or a ' +
          'cluster. Values of secrets are never printed.',
      ),
    )
      .option('-e, --env <name>', 'environment (default: the only one of the file)')
      .option('--version <label>', 'what people call the release; part of what a revision is'),
  )
    .addHelpText('after', '\nExample:\n  $ sluice render -f sluice.yaml | kubectl diff -f -')
    .action((options: RenderOptions) => run((context) => renderFile(context, options)));
};

async function renderFile(context: CommandContext, options: RenderOptions): Promise<ExitCode> {
  const read = await readReleasableFile(context, options);
  if (!read.ok) return context.refuse(read.refused);
  const { text, file, baseDirectory } = read.value;
  const { parseApplication } = await import('@sluice/config/parse-application.ts');
  const { formatDiagnostics } = await import('@sluice/config/diagnostics/format-diagnostics.ts');
  const outcome = parseApplication(text, {
    file,
    environment: options.env,
    baseDirectory,
    checkFiles: true,
  });
  if (!outcome.ok) {
    context.print(formatDiagnostics(outcome.diagnostics, text));
    return EXIT.refusedInput;
  }
  const placed = outcome.application.components.filter(({ workload }) => workload.on === 'cluster');
  const objects = await Promise.all(
    placed.map((component) => objectsOf(outcome.application, component, options.version)),
  );
  if (context.json) {
    context.printJson({ objects: objects.flat() });
    return EXIT.ok;
  }
  const { toYaml } = await import('@sluice/kubernetes/render/to-yaml.ts');
  context.print(
    placed.length === 0
      ? `# Nothing of ${file} runs on a cluster: no component has the target kubernetes.`
      : toYaml(objects.flat()).trimEnd(),
  );
  return EXIT.ok;
}

/** The generation of an order stands in annotations; nothing was ordered yet. */
const NOT_ORDERED = 0;
const HASH_DIGITS = 12;

async function objectsOf(
  { application, environment }: ApplicationSpec,
  component: ComponentSpec,
  label: string | undefined,
): Promise<readonly KubernetesObject[]> {
  const { kubernetesSettings } = await import('@sluice/kubernetes/settings/read-settings.ts');
  const { renderTrack } = await import('@sluice/kubernetes/render/render-track.ts');
  const { renderRevision } = await import('@sluice/kubernetes/render/render-revision.ts');
  const content = revisionContent(component, { digest: null, version: label });
  const hash = createHash('sha256').update(content).digest('hex').slice(0, HASH_DIGITS);
  const of = {
    track: trackId(application, environment, component.name),
    revision: revisionId(`${component.name}-${hash}`),
    version: label ?? hash.slice(0, 7),
    application,
    environment,
    component,
    settings: kubernetesSettings(component),
  };
  const generation = NOT_ORDERED;
  return [
    ...renderTrack(of, { generation }),
    ...renderRevision(of, { instances: component.instances, generation }),
  ];
}
