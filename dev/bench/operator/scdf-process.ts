/** The simulated SCDF as a process of its own, so that its work is not the operator's. Started by scdf.ts. */
import { startSimulator, type Simulator } from '../../../operator/dataflow/simulator/simulator.ts';
import { profiles, type ProfileName } from './profiles.ts';
import type { Answer, Counts, Question } from './scdf.ts';

const counts = { reads: 0, writes: 0, registrations: 0 };
/** When each stream was created, and when each was first undeployed. Milliseconds since the epoch. */
const created = new Map<string, number>();
const undeployed = new Map<string, number>();

/** What has arrived since the last time goes into the counts, and is forgotten: a fleet makes a hundred thousand requests. */
function tally(simulator: Simulator): void {
  for (const { operation, isWrite, path, content, at } of simulator.received) {
    if (isWrite) counts.writes += 1;
    else counts.reads += 1;
    if (operation === 'register') counts.registrations += 1;
    if (operation === 'create') note(created, String((content as { name?: unknown }).name), at);
    if (operation === 'undeploy') note(undeployed, path.split('/').at(-1) ?? '', at);
  }
  simulator.forgetRequests();
}

function note(times: Map<string, number>, stream: string, at: number): void {
  if (!times.has(stream)) times.set(stream, at);
}

function answer(simulator: Simulator, question: Question): unknown {
  tally(simulator);
  switch (question.ask) {
    case 'counts':
      return { ...counts } satisfies Counts;
    case 'created':
      return created.get(question.stream);
    case 'undeployed':
      return undeployed.get(question.stream);
    case 'loseWorkload':
      simulator.deleteDeployments(question.stream);
      return undefined;
  }
}

const profile = process.argv[2] as ProfileName;
const simulator = await startSimulator({ settings: profiles[profile]() });
const tallying = setInterval(() => tally(simulator), 500);
process.on('message', (question: Question) => {
  process.send?.({ id: question.id, value: answer(simulator, question) } satisfies Answer);
});
process.once('disconnect', () => {
  clearInterval(tallying);
  void simulator.down();
});
process.send?.({ id: 0, value: simulator.url } satisfies Answer);
