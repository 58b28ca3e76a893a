import { isRecord } from './check-shape.ts';
import type { PodTemplate } from './pod-template.ts';

/** Names of what a template reads its settings from, each once. */
export interface TemplateReferences {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
}

/** The ConfigMaps and Secrets that volumes and environment variables of a template name. */
export function templateReferences(template: PodTemplate): TemplateReferences {
  const containers = [...template.containers, ...template.initContainers];
  const volumes = template.volumes.flatMap((volume) => [volume, ...projectedSources(volume)]);
  const env = containers.flatMap(({ env }) => (env ?? []).map((variable) => at(variable, 'valueFrom')));
  const envFrom = containers.flatMap(({ envFrom }) => envFrom ?? []);
  return {
    configMaps: names([
      ...volumes.map((volume) => text(volume, 'configMap', 'name')),
      ...env.map((source) => text(source, 'configMapKeyRef', 'name')),
      ...envFrom.map((source) => text(source, 'configMapRef', 'name')),
    ]),
    secrets: names([
      ...volumes.map((volume) => text(volume, 'secret', 'secretName') ?? text(volume, 'secret', 'name')),
      ...env.map((source) => text(source, 'secretKeyRef', 'name')),
      ...envFrom.map((source) => text(source, 'secretRef', 'name')),
    ]),
  };
}

function projectedSources(volume: unknown): readonly unknown[] {
  const sources = at(at(volume, 'projected'), 'sources');
  return Array.isArray(sources) ? sources : [];
}

const at = (value: unknown, key: string): unknown => (isRecord(value) ? value[key] : undefined);

function text(value: unknown, key: string, name: string): string | undefined {
  const found = at(at(value, key), name);
  return typeof found === 'string' ? found : undefined;
}

const names = (found: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(found.filter((name) => name !== undefined)),
];
