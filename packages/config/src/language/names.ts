import { textLeaf } from './leaf.ts';

/** Longest name that is a DNS label (RFC 1035). */
const MAX_NAME_LENGTH = 63;

/** A name that can stand in a host name, a folder and an id: a DNS label in lower case. */
export const name = (
  expects = `a name of lower-case letters, digits and "-", at most ${MAX_NAME_LENGTH} long`,
) =>
  textLeaf({
    expects,
    pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    parse: (text) => text,
  });

/** The name of an environment variable. */
export const variableName = () =>
  textLeaf({
    expects: 'the name of an environment variable, such as LOG_LEVEL',
    pattern: /^[A-Za-z_][A-Za-z0-9_]{0,254}$/,
    parse: (text) => text,
  });

/** The name of an HTTP header; read in lower case. */
export const headerName = () =>
  textLeaf({
    expects: 'the name of a header, such as X-User',
    pattern: /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/,
    parse: (text) => text.toLowerCase(),
  });

/** The name of a cookie (an RFC 9110 token). */
export const cookieName = () =>
  textLeaf({
    expects: 'the name of a cookie, such as uid',
    pattern: /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/,
    parse: (text) => text,
  });

/** A path of a URL. */
export const urlPath = () =>
  textLeaf({
    expects: 'a path that begins with "/", such as /healthz',
    pattern: /^\/[\x21-\x7e]{0,1023}$/,
    parse: (text) => text,
  });
