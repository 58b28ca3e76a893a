import { type Arbitrary, array, constantFrom, nat, oneof } from 'fast-check';

/** Any text at all, control characters, line breaks of every kind and pairs of surrogates included. */
export const anyText: Arbitrary<string> = array(
  oneof(nat(0x7f), nat(0xffff), constantFrom(0x0a, 0x0d, 0x85, 0x2028, 0xfeff, 0x1f600)),
  { maxLength: 12 },
).map((points) => String.fromCodePoint(...points).toWellFormed());
