import { type ApiFailure, callApi } from '@sluice/protocol/http/api-call.ts';
import { signInMethodsSchema } from '@sluice/protocol/http/sign-in.ts';
import { type FormEvent, useEffect, useId, useState } from 'react';
import { useApi } from '../../api/dashboard-api.tsx';
import { failureWords } from '../../parts/states.tsx';
import { enterWithToken, safeAddress } from './enter.ts';
import './login.css';

const TIMEOUT_MS = 10_000;

/** Asks who the viewer is. Where the address is not that of the login it stays, so that they go on where they wanted to be. */
export function SignIn() {
  const provider = useProvider();
  useEffect(() => {
    document.title = 'Sign in · Sluice';
  }, []);
  return (
    <main className="login" id="stage">
      <div className="login-box panel">
        <img src="/sluice.svg" alt="" width="40" height="40" />
        <h1>Sign in to Sluice</h1>
        <p className="muted">
          {location.pathname === '/login'
            ? 'Say who you are.'
            : 'The control plane does not know you, or your session has ended. You go on where you wanted to be.'}
        </p>
        {provider && (
          <>
            <a
              className="button"
              data-weight="main"
              href={`/auth/login?to=${encodeURIComponent(destination())}`}
            >
              Sign in with {provider}
            </a>
            <div className="login-or muted small" aria-hidden="true">
              or
            </div>
          </>
        )}
        <TokenForm isMain={provider === null} />
      </div>
    </main>
  );
}

function TokenForm({ isMain }: { readonly isMain: boolean }) {
  const { session } = useApi();
  const [token, setToken] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const field = useId();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    const refused = await enterWithToken(session, token.trim());
    if (refused === null) return location.replace(destination());
    setBusy(false);
    setFailure(refused);
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <label className="field" htmlFor={field}>
        With a token
        <input
          id={field}
          className="input mono"
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder="slu_…"
          required
          maxLength={200}
          aria-describedby={failure ? `${field}-why` : undefined}
          aria-invalid={failure !== null}
          value={token}
          onChange={({ target }) => setToken(target.value)}
        />
      </label>
      {failure && (
        <p id={`${field}-why`} className="note small" data-tone="bad" role="alert">
          {failureWords(failure).detail}
        </p>
      )}
      <button
        type="submit"
        className="button"
        {...(isMain ? { 'data-weight': 'main' } : {})}
        disabled={isBusy}
      >
        {isBusy ? 'One moment…' : 'Use this token'}
      </button>
      <p className="small muted">
        On your own machine the token of the first start lies in <code>admin-token</code> in the directory of
        the control plane. <code>sluice token create</code> makes others.
      </p>
    </form>
  );
}

/** What the identity provider is called; null where there is none, or nothing answers. */
function useProvider(): string | null {
  const [provider, setProvider] = useState<string | null>(null);
  useEffect(() => {
    const ending = new AbortController();
    const plainFetch: typeof fetch = (input, init) => fetch(input, init);
    const connection = { baseUrl: location.origin, timeoutMs: TIMEOUT_MS, fetch: plainFetch };
    const call = { method: 'GET' as const, path: '/auth/methods', signal: ending.signal };
    void callApi(connection, signInMethodsSchema, call).then((reply) => {
      if (reply.ok && !ending.signal.aborted) setProvider(reply.value?.provider ?? null);
    });
    return () => ending.abort();
  }, []);
  return provider;
}

/** Where the viewer wanted to be. */
const destination = (): string =>
  location.pathname === '/login'
    ? safeAddress(new URLSearchParams(location.search).get('to'))
    : location.pathname + location.search;
