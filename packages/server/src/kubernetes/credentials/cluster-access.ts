/** What every request carries and how connections are secured, at this moment. */
export interface AccessNow {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
}

/** Options of Node's TLS that credentials decide about. */
export interface TlsSettings {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** A way into one cluster that renews itself: tokens and certificates change on disk or come from a plugin. */
export interface ClusterAccess {
  /** For example `https://10.0.0.1:6443`; it may have a path below which the API lies. */
  readonly server: string;
  /** An HTTP proxy through which the server is reached. */
  readonly proxy: string | undefined;
  /** Where the credentials come from, for messages. */
  readonly origin: string;
  /** Rejects with a `SluiceError` that says which file or plugin did not give what it should. */
  current(): Promise<AccessNow>;
  /** Forgets these credentials, because the server did not take them; the next `current` reads them anew. */
  renew(refused: AccessNow): void;
}

/** Whether two settings would make the same connections. */
export function sameTls(a: TlsSettings, b: TlsSettings): boolean {
  return (
    a === b ||
    (sameBytes(a.ca, b.ca) &&
      sameBytes(a.cert, b.cert) &&
      sameBytes(a.key, b.key) &&
      a.servername === b.servername &&
      a.rejectUnauthorized === b.rejectUnauthorized)
  );
}

function sameBytes(a: string | Buffer | undefined, b: string | Buffer | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.from(a).equals(Buffer.from(b));
}
