import { type FormEvent, useId, useState } from 'react';
import { useApi } from '../api/dashboard-api.tsx';

/** Asks who the viewer is; the address stays, so that they go on where they wanted to be. */
export function SignedOut() {
  const { session, answers } = useApi();
  const [token, setToken] = useState('');
  const field = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (token.trim() === '') return;
    session.useToken(token.trim());
    answers.renew();
  };
  return (
    <main className="empty" id="stage">
      <img src="/sluice.svg" alt="" width="40" height="40" />
      <h1>Sign in to Sluice</h1>
      <p>The control plane does not know you, or your session has ended.</p>
      <a
        className="button"
        data-weight="main"
        href={`/auth/login?to=${encodeURIComponent(location.pathname)}`}
      >
        Sign in
      </a>
      <form className="stack" onSubmit={submit}>
        <label className="field" htmlFor={field}>
          Or with a token
          <input
            id={field}
            className="input mono"
            type="password"
            autoComplete="off"
            value={token}
            onChange={({ target }) => setToken(target.value)}
          />
        </label>
        <button type="submit" className="button">
          Use this token
        </button>
      </form>
    </main>
  );
}
