import type { PolicyCheck } from '@sluice/protocol/http/policies.ts';
import { useEffect, useState } from 'react';
import { useApi } from '../../../api/dashboard-api.tsx';

/** So long nothing is typed before the text is looked at. */
const PAUSE_MS = 350;
const FILE = 'policies.yaml';

/** What the control plane says of a text of policies as it is written; null while it has not looked at it. */
export function useChecked(text: string): PolicyCheck | null {
  const { client } = useApi();
  const [checked, setChecked] = useState<{ readonly text: string; readonly check: PolicyCheck } | null>(null);
  useEffect(() => {
    if (text.trim() === '') return undefined;
    let isWanted = true;
    const timer = setTimeout(() => {
      void client.checkPolicies(text, FILE).then((reply) => {
        if (isWanted && reply.ok) setChecked({ text, check: reply.value });
      });
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [client, text]);
  return checked?.text === text ? checked.check : null;
}
