import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

const SHOWN_MS = 6000;

const Context = createContext<(words: string) => void>(() => undefined);

/** Short words in the corner about what was just done; they go by themselves. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly { readonly id: number; readonly words: string }[]>([]);
  const tell = useCallback((words: string) => {
    const id = performance.now();
    setShown((before) => [...before.slice(-3), { id, words }]);
    setTimeout(() => setShown((before) => before.filter((toast) => toast.id !== id)), SHOWN_MS);
  }, []);
  return (
    <Context value={tell}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {shown.map(({ id, words }) => (
          <div key={id}>{words}</div>
        ))}
      </div>
    </Context>
  );
}

/** Gives what says short words in the corner. */
export const useToast = (): ((words: string) => void) => useContext(Context);
