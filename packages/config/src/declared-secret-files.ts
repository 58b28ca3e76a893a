import { resolve } from 'node:path';
import { readDocument } from './document/read-document.ts';
import { applicationLanguage } from './language/application-language.ts';
import type { ComponentInput } from './language/component-language.ts';
import type { KubernetesInput } from './language/kubernetes/kubernetes-language.ts';
import type { HeadersInput } from './language/kubernetes/metrics-language.ts';
import type { Loose } from './reading/loose.ts';
import { readValue } from './reading/read-value.ts';
import { writtenMeasurements } from './resolve/placed-measurements.ts';
import { writtenBlocks } from './resolve/merged-kubernetes.ts';
import { environmentNames, placedComponents } from './resolve/placed-component.ts';

/**
 * The absolute paths of all files of secrets that a file names: by any component, in any environment and in `defaults`,
 * also where another environment says otherwise; files of headers and of keys with which metrics are read among them.
 * Empty when the file cannot be read.
 *
 * @param baseDirectory folder to which paths in the file are relative; absolute
 */
export function declaredSecretFiles(text: string, baseDirectory: string): readonly string[] {
  const { root } = readDocument(text);
  const input = (root && readValue(applicationLanguage, root).value) ?? {};
  const files = environmentNames(input)
    .flatMap((environment) => placedComponents(input, environment))
    .flatMap((component) => [
      ...component.layers.flatMap(({ keys }) => secretFiles(keys)),
      ...writtenBlocks(component).flatMap(({ block }) => metricsFiles(block)),
    ]);
  const measured = writtenMeasurements(input).flatMap(({ measurement: { prometheus, web } }) =>
    [prometheus, web].flatMap((query) => (typeof query === 'object' ? headerFiles(query.headers) : [])),
  );
  return [...new Set([...files, ...measured].map((file) => resolve(baseDirectory, file)))];
}

const secretFiles = ({ secrets }: Loose<ComponentInput>): readonly string[] =>
  Object.values(secrets ?? {}).flatMap((secret) => secret?.file ?? []);

function metricsFiles({ metrics }: Loose<KubernetesInput>): readonly string[] {
  if (typeof metrics !== 'object') return [];
  return [...headerFiles(metrics.headers), ...(metrics.tls?.key === undefined ? [] : [metrics.tls.key])];
}

const headerFiles = (headers: Loose<HeadersInput> | undefined): readonly string[] =>
  Object.values(headers ?? {}).flatMap((value) => (typeof value === 'object' ? (value.file ?? []) : []));
