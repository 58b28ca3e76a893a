import { stringify } from 'yaml';

/** A value as it would be written on one line of a file: `{ share: 5%, hold: 10m }`. */
export function inlineYaml(value: unknown): string {
  return stringify(value, {
    collectionStyle: 'flow',
    flowCollectionPadding: true,
    lineWidth: 0,
  }).trim();
}
