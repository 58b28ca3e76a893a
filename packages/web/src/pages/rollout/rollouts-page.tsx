import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { useEffect } from 'react';
import { type SubjectNames, subjectWords } from '@sluice/core/access/subject-words.ts';
import { useAnswer, useApi, useEvents } from '../../api/dashboard-api.tsx';
import { useNames } from '../../api/names.ts';
import { rolloutsQuestion } from '../../api/questions.ts';
import { Icon } from '../../parts/icon.tsx';
import { Person, Sentence } from '../../parts/person.tsx';
import { PhaseMark } from '../../parts/mark.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { rolloutAddress } from '../../routing/addresses.ts';
import { Link, useQueryWord } from '../../routing/location.tsx';
import './rollout.css';

const ROW_PX = 40;

/** Every rollout, newest first. */
export function RolloutsPage() {
  const { client, answers } = useApi();
  const [text, setText] = useQueryWord('q');
  const question = rolloutsQuestion(client);
  const answer = useAnswer(question);
  const names = useNames();
  useEvents(() => answers.renew((name) => name === question.name));
  useEffect(() => {
    document.title = 'Rollouts · Sluice';
  }, []);
  return (
    <div>
      <div className="page-head">
        <div>
          <h1>Rollouts</h1>
        </div>
        <label className="search">
          <Icon name="search" />
          <span className="visually-hidden">Search for a track or version</span>
          <input
            type="search"
            className="input"
            placeholder="Search"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
          <kbd aria-hidden="true">/</kbd>
        </label>
      </div>
      <div className="panel">
        <Answered answer={answer} what="the rollouts" height={480}>
          {({ items }) => <List rollouts={items.filter((rollout) => isMeant(rollout, text, names))} />}
        </Answered>
      </div>
    </div>
  );
}

function List({ rollouts }: { readonly rollouts: readonly RolloutView[] }) {
  if (rollouts.length === 0) return <Empty icon="search" title="No rollouts" />;
  return (
    <VirtualList
      items={rollouts}
      keyOf={({ id }) => id}
      rowHeight={ROW_PX}
      height={ROW_PX * 18}
      label="Rollouts, newest first"
      flows
    >
      {(rollout) => (
        <Link href={rolloutAddress(rollout.id)} className="rollout-row" data-row>
          <PhaseMark phase={rollout.phase} form="plain" />
          <span className="cut">{rollout.track}</span>
          <span className="mono cut strong">{rollout.version}</span>
          <span className="cut muted">
            <Sentence text={rollout.reason?.detail ?? rollout.plan.strategy} />
          </span>
          <span className="cut muted">
            <Person subject={rollout.requestedBy} />
          </span>
          <Time at={rollout.requestedAt} />
        </Link>
      )}
    </VirtualList>
  );
}

function isMeant(
  { track, version, requestedBy, phase }: RolloutView,
  text: string,
  names: SubjectNames,
): boolean {
  const words = `${track} ${version} ${subjectWords(requestedBy, names)} ${requestedBy} ${phase}`;
  return words.toLowerCase().includes(text.trim().toLowerCase());
}
