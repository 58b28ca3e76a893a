import { readDocument } from './document/read-document.ts';
import { applicationLanguage } from './language/application-language.ts';
import { readValue } from './reading/read-value.ts';
import { environmentNames } from './resolve/placed-component.ts';

/**
 * The environments for which a file may be asked, for whoever checks a file without having one in mind: the rules
 * look at all of them, so that `parseApplication` for any finds every fault. `local` when the file declares none
 * or cannot be read.
 */
export function declaredEnvironments(text: string): readonly string[] {
  const { root } = readDocument(text);
  return environmentNames((root && readValue(applicationLanguage, root).value) ?? {});
}
