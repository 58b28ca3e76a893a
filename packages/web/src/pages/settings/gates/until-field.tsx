import { ChoiceField, TextField } from '../../../parts/fields.tsx';

const HOUR_MS = 3_600_000;

/** When something ends, as somebody has chosen it. */
export interface Until {
  /** Hours from now, `at` for a moment, or empty for never. */
  readonly choice: string;
  /** `2026-11-24T18:00` in the viewer's zone. */
  readonly moment: string;
}

/** Until somebody ends it. */
export const UNTIL_LIFTED: Until = { choice: '', moment: '' };

/** The end in milliseconds since the epoch; null for none. */
export function untilOf({ choice, moment }: Until, now: number): number | null {
  if (choice === '') return null;
  return choice === 'at' ? new Date(moment).getTime() : now + Number(choice) * HOUR_MS;
}

/** When something ends. */
export function UntilField({ value, set }: { readonly value: Until; readonly set: (until: Until) => void }) {
  return (
    <>
      <ChoiceField
        label="Until"
        at={value.choice === 'at' ? '' : '/body/until'}
        value={value.choice}
        set={(choice) => set({ ...value, choice })}
      >
        <option value="">somebody lifts it</option>
        {['1', '4', '24', '72'].map((hours) => (
          <option key={hours} value={hours}>
            in {hours} {hours === '1' ? 'hour' : 'hours'}
          </option>
        ))}
        <option value="at">a moment…</option>
      </ChoiceField>
      {value.choice === 'at' && (
        <TextField
          label="Which moment"
          type="datetime-local"
          at="/body/until"
          hint="In your time zone."
          value={value.moment}
          set={(moment) => set({ ...value, moment })}
        />
      )}
    </>
  );
}
