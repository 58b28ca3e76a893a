import { type Engine, REAL_ENGINE } from '../engine/engine.ts';
import type { Script } from '../script/script.ts';
import { Story } from '../story/story.ts';
import { type Outcome, World } from '../world/world.ts';

/** Lives through a script without writing anything down. */
export const liveThrough = (script: Script, engine: Engine = REAL_ENGINE): Outcome =>
  new World(script, engine, new Story(false)).run();

/** Lives through a script and writes the story down. */
export function tellStory(
  script: Script,
  engine: Engine = REAL_ENGINE,
): { readonly outcome: Outcome; readonly text: string } {
  const story = new Story(true);
  const outcome = new World(script, engine, story).run();
  return { outcome, text: story.text };
}
