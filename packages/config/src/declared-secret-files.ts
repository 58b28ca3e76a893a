import { resolve } from 'node:path';
import { readDocument } from './document/read-document.ts';
import { applicationLanguage } from './language/application-language.ts';
import { readValue } from './reading/read-value.ts';
import { environmentNames, placedComponents } from './resolve/placed-component.ts';

/**
 * The absolute paths of all files of secrets that a file names: by any component, in any environment and in `defaults`,
 * also where another environment says otherwise. Empty when the file cannot be read.
 *
 * @param baseDirectory folder to which paths in the file are relative; absolute
 */
export function declaredSecretFiles(text: string, baseDirectory: string): readonly string[] {
  const { root } = readDocument(text);
  const input = (root && readValue(applicationLanguage, root).value) ?? {};
  const files = environmentNames(input)
    .flatMap((environment) => placedComponents(input, environment))
    .flatMap(({ layers }) => layers.flatMap(({ keys }) => Object.values(keys.secrets ?? {})))
    .flatMap((secret) => (secret?.file === undefined ? [] : [resolve(baseDirectory, secret.file)]));
  return [...new Set(files)];
}
