import { editorSchema } from './editor-schema.ts';
import { referencePage } from './reference-page.ts';

/** A generated file of the repository. */
export interface GeneratedDocument {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly content: string;
}

/** The documents that are made from the language of sluice.yaml; the same language always gives the same text. */
export const configurationDocuments = (): readonly GeneratedDocument[] => [
  { path: 'docs/reference/sluice.schema.json', content: `${JSON.stringify(editorSchema(), null, 2)}\n` },
  { path: 'docs/guides/config-reference.md', content: referencePage() },
];
