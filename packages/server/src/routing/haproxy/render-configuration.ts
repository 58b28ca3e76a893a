import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ERROR_ANSWERS, type ErrorAnswer } from './error-answers.ts';
import { FIELD } from './split-line.ts';

/** Revisions that one split may have by weight: a rollout has two; each costs every request two rules. */
export const MOST_ARMS = 8;

/** What HAProxy is started with; a change of any of it needs a new process. */
export interface ProxySettings {
  /** Absolute folder of everything that the adapter keeps. */
  readonly directory: string;
  readonly listenAddress: string;
  readonly listenPort: number;
  /** Revisions that can be routed at a time, over all tracks; each is a backend. */
  readonly backends: number;
  /** Client connections at a time. */
  readonly connections: number;
  /** Threads; null leaves it to HAProxy, which takes one for each processor. */
  readonly threads: number | null;
  /** Whether this HAProxy can run the rules for matches and sticky keys. */
  readonly lua: boolean;
  /** Gives up root's rights after the ports are bound. */
  readonly dropPrivileges: boolean;
}

/** A server of a backend as it stands in the configuration or on the admin socket. */
export interface ServerLine {
  readonly name: string;
  readonly address: string;
  readonly h2c: boolean;
}

/** The files of the adapter's folder. */
export const proxyFiles = (directory: string) => ({
  configuration: join(directory, 'haproxy.cfg'),
  socket: join(directory, 'admin.sock'),
  splits: join(directory, 'splits.map'),
  routes: join(directory, 'routes.map'),
  rules: join(directory, 'choose.lua'),
  log: join(directory, 'haproxy.log'),
  state: join(directory, 'state.json'),
});

/** The name of a backend by its number from 0. */
export const backendName = (number: number): string => `r${number}`;

/** Tells two configurations apart, whatever their servers are: those are changed at run time. */
export function settingsDigest(settings: ProxySettings, rules: string): string {
  const text = renderConfiguration(settings, { digest: '', servers: new Map() });
  return createHash('sha256').update(text).update(rules).digest('hex').slice(0, 16);
}

/**
 * Renders `haproxy.cfg`. Everything that a rollout changes is outside of it, in two maps and in the servers of backends, and
 * is changed through the admin socket; the servers are written here as well so that a new process serves at once.
 */
export function renderConfiguration(
  settings: ProxySettings,
  present: { readonly digest: string; readonly servers: ReadonlyMap<string, readonly ServerLine[]> },
): string {
  return `${[
    ...globalLines(settings, present.digest),
    ...defaultLines(),
    ...frontendLines(settings),
    ...Array.from({ length: settings.backends }, (_, number) =>
      backendLines(backendName(number), present.servers.get(backendName(number)) ?? []),
    ).flat(),
  ].join('\n')}\n`;
}

function globalLines(settings: ProxySettings, digest: string): string[] {
  const files = proxyFiles(settings.directory);
  return [
    'global',
    `  description sluice-${digest}`,
    `  maxconn ${settings.connections}`,
    ...(settings.threads === null ? [] : [`  nbthread ${settings.threads}`]),
    '  # Two processes that share a port in silence would each know half of the splits.',
    '  noreuseport',
    `  stats socket ${quoted(files.socket)} mode 600 level admin expose-fd listeners`,
    '  stats timeout 1h',
    '  hard-stop-after 5m',
    ...(settings.lua ? [`  lua-load-per-thread ${quoted(files.rules)}`] : []),
    // 65534 is nobody; nothing is opened after the start, and the admin socket keeps its owner.
    ...(settings.dropPrivileges ? ['  uid 65534', '  gid 65534'] : []),
  ];
}

function defaultLines(): string[] {
  return [
    'defaults',
    '  mode http',
    '  # A request is sent again only when no connection was made, so that it cannot have been processed.',
    '  retries 3',
    '  option redispatch 1',
    '  retry-on conn-failure',
    '  # A process that is replaced answers once more on connections that wait, and only then closes them.',
    '  option idle-close-on-response',
    '  timeout connect 1s',
    '  timeout client 65s',
    '  timeout server 60s',
    '  timeout http-request 10s',
    '  timeout http-keep-alive 65s',
    '  timeout tunnel 1h',
    ...Object.values<ErrorAnswer>(ERROR_ANSWERS)
      .filter(({ ofProxy }) => ofProxy)
      .map((answer) => `  http-error status ${answer.status} ${answerText(answer)}`),
  ];
}

function frontendLines({ directory, listenAddress, listenPort, lua }: ProxySettings): string[] {
  const files = proxyFiles(directory);
  const [splits, routes] = [quoted(files.splits), quoted(files.routes)];
  const refuse = (answer: ErrorAnswer, condition: string): string =>
    `  http-request return status ${answer.status} ${answerText(answer)} ${condition}`;
  return [
    'frontend traffic',
    `  bind ${listenAddress}:${listenPort}`,
    '  option forwardfor',
    refuse(ERROR_ANSWERS.methodRefused, 'if METH_TRACE || METH_CONNECT'),
    '  # The longest path of the host wins, then the longest path of any host; a prefix ends at a slash.',
    '  http-request set-var(txn.path) path,concat(/)',
    '  http-request set-var-fmt(txn.key) %[req.fhdr(host),host_only,lower]%[var(txn.path)]',
    `  http-request set-var(txn.track) var(txn.key),map_beg(${routes})`,
    '  http-request set-var-fmt(txn.key) *%[var(txn.path)] if !{ var(txn.track) -m found }',
    `  http-request set-var(txn.track) var(txn.key),map_beg(${routes}) if !{ var(txn.track) -m found }`,
    refuse(ERROR_ANSWERS.noRoute, 'if !{ var(txn.track) -m found }'),
    `  http-request set-var(txn.split) var(txn.track),map_str(${splits})`,
    refuse(ERROR_ANSWERS.emptySplit, 'if !{ var(txn.split) -m found }'),
    ...bodyLimitLines(refuse),
    '  http-request set-var(txn.place) rand(10000)',
    ...(lua ? [`  http-request lua.sluice_choose if { ${field(FIELD.rules)} -m str L }`] : []),
    ...Array.from({ length: MOST_ARMS }, (_, arm) => armLines(FIELD.firstArm + arm)).flat(),
    refuse(ERROR_ANSWERS.emptySplit, 'if !{ var(txn.arm) -m found }'),
    ...forwardingLines(),
    '  use_backend %[var(txn.arm),field(1,:)]',
  ];
}

const field = (number: number): string => `var(txn.split),field(${number},|)`;

/** A length that is not declared cannot be limited here, so that such a body is refused where there is a limit. */
function bodyLimitLines(refuse: (answer: ErrorAnswer, condition: string) => string): string[] {
  const limited = '{ var(txn.most) -m int gt 0 }';
  return [
    `  http-request set-var(txn.most) ${field(FIELD.maxBodyBytes)}`,
    refuse(ERROR_ANSWERS.bodyTooLarge, `if ${limited} { req.body_size,sub(txn.most) -m int gt 0 }`),
    refuse(ERROR_ANSWERS.lengthMissing, `if ${limited} { req.hdr(transfer-encoding) -m found }`),
  ];
}

/** Takes the arm when the place is below its bound and no earlier arm was taken. */
function armLines(number: number): string[] {
  const open = '!{ var(txn.arm) -m found }';
  return [
    `  http-request set-var(txn.bound) ${field(number)},field(1,:) if ${open}`,
    `  http-request set-var(txn.arm) ${field(number)},field(2,:,2) if ${open} { var(txn.place),sub(txn.bound) -m int lt 0 }`,
  ];
}

function forwardingLines(): string[] {
  const own = (name: string, value: string): string =>
    `  http-request set-header ${name} ${value} if !{ src 127.0.0.0/8 ::1 } || !{ req.hdr(${name}) -m found }`;
  return [
    own('x-forwarded-proto', 'http'),
    own('x-forwarded-host', '%[req.hdr(host)]'),
    own('x-forwarded-port', '%[dst_port]'),
    '  http-request add-header via "1.1 sluice"',
    '  http-request set-header x-request-id %[uuid()] if !{ req.hdr(x-request-id) -m found }',
    '  http-request del-header x-sluice-mirror',
    '  http-response del-header x-sluice-reason',
    '  http-response set-header x-sluice-revision %[var(txn.arm),field(2,:)]',
    '  http-response add-header set-cookie %[var(txn.cookie)] if { var(txn.cookie) -m found }',
  ];
}

function backendLines(name: string, servers: readonly ServerLine[]): string[] {
  return [
    `backend ${name}`,
    '  balance random',
    `  http-request set-timeout server ${field(FIELD.timeoutMs)}`,
    ...servers.map((server) => `  server ${server.name} ${serverText(server)}`),
  ];
}

/** Address and options of a server, as the configuration and `add server` take them. */
export const serverText = ({ address, h2c }: ServerLine): string => `${address}${h2c ? ' proto h2' : ''}`;

function answerText({ reason, title, status, detail, retryAfter }: ErrorAnswer): string {
  const body = JSON.stringify({ type: `urn:sluice:router:${reason}`, title, status, detail });
  const headers = `hdr cache-control no-store hdr x-sluice-reason ${reason}${retryAfter ? ' hdr retry-after 1' : ''}`;
  return `content-type application/problem+json string '${body}' ${headers}`;
}

/** Quotes for haproxy.cfg, in which a backslash escapes and a dollar sign expands. */
const quoted = (text: string): string => `"${text.replaceAll(/[\\"$]/g, String.raw`\$&`)}"`;
