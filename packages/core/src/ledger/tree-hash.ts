/** The two hashes of a Merkle tree after RFC 6962, section 2.1, in lower-case hexadecimal. */
export interface TreeHash {
  /** SHA-256 over the octet 0 and the entry in UTF-8. */
  leaf(entry: string): string;
  /** SHA-256 over the octet 1 and the octets of both hashes. */
  node(left: string, right: string): string;
}

/** The root of a tree in which nothing stands: SHA-256 over nothing. */
export const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
