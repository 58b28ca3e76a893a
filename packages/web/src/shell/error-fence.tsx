import { Component, type ReactNode } from 'react';
import { Empty } from '../parts/states.tsx';

interface FenceState {
  readonly words: string | null;
}

/** Keeps a page that fails from taking the others with it. */
export class ErrorFence extends Component<{ readonly children: ReactNode }, FenceState> {
  override state: FenceState = { words: null };

  static getDerivedStateFromError(thrown: unknown): FenceState {
    return { words: thrown instanceof Error ? thrown.message : String(thrown) };
  }

  override render(): ReactNode {
    if (this.state.words === null) return this.props.children;
    return (
      <div role="alert">
        <Empty icon="warn" title="This page could not be shown">
          <p>{this.state.words}</p>
          <button type="button" className="button" onClick={() => location.reload()}>
            Load it again
          </button>
        </Empty>
      </div>
    );
  }
}
