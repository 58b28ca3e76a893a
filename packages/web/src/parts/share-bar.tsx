import { shareWords } from './figures.ts';

/** What part of the requests somebody gets. */
export interface ShareOf {
  readonly label: string;
  readonly role: 'stable' | 'candidate' | 'retained';
  readonly basisPoints: number;
}

/** A split as a bar; readers of screens hear it in words. */
export function ShareBar({ shares }: { readonly shares: readonly ShareOf[] }) {
  const shown = shares.filter(({ basisPoints }) => basisPoints > 0);
  const words = shown.map(({ label, basisPoints }) => `${label} ${shareWords(basisPoints)}`).join(', ');
  return (
    <div className="share" role="img" aria-label={words === '' ? 'No traffic' : words} title={words}>
      {shown.map(({ label, role, basisPoints }) => (
        <span key={`${label} ${role}`} data-role={role} style={{ flexGrow: basisPoints, flexBasis: 0 }} />
      ))}
    </div>
  );
}
