import { type KeyboardEvent, type ReactNode, useId } from 'react';

interface TabsProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly chosen: string;
  readonly choose: (name: string) => void;
  readonly children: ReactNode;
}

/** Several views of one thing in one place; the arrow keys go from one to the next. */
export function Tabs({ label, names, chosen, choose, children }: TabsProps) {
  const id = useId();
  const step = (event: KeyboardEvent<HTMLDivElement>): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = (names.indexOf(chosen) + by + names.length) % names.length;
    choose(names[at] ?? chosen);
    event.currentTarget.querySelectorAll('button')[at]?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={step}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={name === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => choose(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </>
  );
}
