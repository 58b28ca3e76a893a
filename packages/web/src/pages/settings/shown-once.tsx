import { useState } from 'react';

interface ShownOnceProps {
  readonly name: string;
  readonly token: string;
  readonly warnings: readonly string[];
  readonly close: () => void;
}

/** What lets in, until it is put away: it is kept nowhere. */
export function ShownOnce({ name, token, warnings, close }: ShownOnceProps) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(token).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <section className="note" data-tone="good" aria-label={`The token ${name}`}>
      <div className="stack">
        <p>
          <strong>Copy {name} now.</strong> It is not kept, and cannot be shown again.
        </p>
        <code className="settings-token">{token}</code>
        {warnings.map((warning) => (
          <p key={warning}>{warning}</p>
        ))}
        <div className="row">
          <button type="button" className="button" data-weight="main" onClick={() => void copy()}>
            {isCopied ? 'Copied' : 'Copy'}
          </button>
          <button type="button" className="button" onClick={close}>
            Put away
          </button>
        </div>
      </div>
    </section>
  );
}
