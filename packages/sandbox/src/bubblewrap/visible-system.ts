import { lstat, readlink } from 'node:fs/promises';

/** One thing that a sandbox is made of, as options of bubblewrap. */
export type Mount = readonly string[];

/** Programs and libraries; the first ones are links into /usr on most systems. */
const SYSTEM = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/usr', '/nix/store'];
/** What programs need to know of their system, and everybody may; /etc as a whole holds secrets. */
const SETTINGS = [
  'alternatives',
  'ca-certificates',
  'ca-certificates.conf',
  'crypto-policies',
  'group',
  // Programs speak to their own parts by the name localhost.
  'hosts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nsswitch.conf',
  'os-release',
  'passwd',
  'pki/ca-trust',
  'pki/tls/certs',
  'pki/tls/cert.pem',
  'ssl/certs',
  'ssl/openssl.cnf',
  'timezone',
];
/** What finds other machines by their names. */
const NETWORK = ['gai.conf', 'host.conf', 'protocols', 'resolv.conf', 'services'];

/** The part of this machine's system that programs need, all of it read-only. */
export async function systemMounts(network: 'none' | 'host'): Promise<readonly Mount[]> {
  const folders = await Promise.all(SYSTEM.map(systemFolder));
  const settings = [...SETTINGS, ...(network === 'host' ? NETWORK : [])].map((name) => `/etc/${name}`);
  return [...folders.flat(), ...settings.map((path) => ['--ro-bind-try', path, path])];
}

async function systemFolder(path: string): Promise<readonly Mount[]> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return [];
  return [found.isSymbolicLink() ? ['--symlink', await readlink(path), path] : ['--ro-bind', path, path]];
}
