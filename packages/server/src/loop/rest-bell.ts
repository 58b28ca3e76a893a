/** Ends a rest. A ring while nobody rests is kept for the next rest, so that none is missed. */
export interface RestBell {
  ring(): void;
  /** Resolves when the bell rings or has rung since the last rest, at the latest after so many milliseconds. */
  rest(longestMs: number): Promise<void>;
}

/** Makes a bell for one sleeper. */
export function restBell(): RestBell {
  let hasRung = false;
  let end: (() => void) | undefined;
  return {
    ring: () => {
      hasRung = true;
      end?.();
    },
    rest: async (longestMs) => {
      if (!hasRung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, longestMs);
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      end = undefined;
      hasRung = false;
    },
  };
}
