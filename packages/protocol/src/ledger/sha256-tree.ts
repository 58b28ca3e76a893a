import { hash } from 'node:crypto';

/**
 * The hashes of a Merkle tree after RFC 6962 (a `TreeHash` of core/ledger), by SHA-256. The leaf's octet 0 is a character
 * of the text, as it is in UTF-8.
 */
export const SHA256_TREE = {
  leaf: (entry: string): string => hash('sha256', `\0${entry}`),
  node: (left: string, right: string): string => hash('sha256', Buffer.from(`01${left}${right}`, 'hex')),
} as const;

/** SHA-256 of a text in UTF-8, in lower-case hexadecimal. */
export const sha256 = (text: string): string => hash('sha256', text);
