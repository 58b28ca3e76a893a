import { useState } from 'react';
import { useApi } from '../../../api/dashboard-api.tsx';
import { failureWords } from '../../../parts/states.tsx';
import { Mark } from '../../../parts/mark.tsx';

type Outcome = { readonly isGood: boolean; readonly words: string };

/** Tells a channel something at once, and says beside it what came of it. */
export function TestButton({ channel }: { readonly channel: string }) {
  const { client, answers } = useApi();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const test = async (): Promise<void> => {
    setBusy(true);
    const reply = await client.testChannel(channel);
    setBusy(false);
    answers.renew((name) => name === 'channels');
    if (!reply.ok) setOutcome({ isGood: false, words: failureWords(reply.failure).detail });
    else setOutcome({ isGood: reply.value.delivered, words: reply.value.message ?? 'It arrived.' });
  };
  return (
    <>
      <button
        type="button"
        className="button"
        data-weight="quiet"
        disabled={isBusy}
        aria-label={`Test ${channel}`}
        onClick={() => void test()}
      >
        {isBusy ? 'Testing…' : 'Test'}
      </button>
      <span role="status" className="settings-outcome small">
        {outcome && (
          <>
            <Mark tone={outcome.isGood ? 'good' : 'bad'} icon={outcome.isGood ? 'good' : 'bad'}>
              {outcome.isGood ? 'Test arrived' : 'Test failed'}
            </Mark>
            {!outcome.isGood && <span className="settings-failure">{outcome.words}</span>}
          </>
        )}
      </span>
    </>
  );
}
