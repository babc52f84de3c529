/** The Kafkas of a campaign: one of each size, started when a plan wants it. */
import { OwnKafka } from '../kafka/own-kafka.ts';
import type { ChaosPlan } from './plan.ts';
import { play, type Outcome } from './run.ts';

export class Clusters {
  readonly #bySize = new Map<number, OwnKafka>();

  async play(plan: ChaosPlan): Promise<Outcome> {
    const kafka = await this.#of(plan.brokers);
    const outcome = await play(plan, kafka);
    // Whatever the run has left of it is not the next one's.
    if (outcome.violations.length > 0) await this.#drop(plan.brokers);
    return outcome;
  }

  async close(): Promise<void> {
    for (const brokers of [...this.#bySize.keys()]) await this.#drop(brokers);
  }

  async #of(brokers: number): Promise<OwnKafka> {
    const properties = { 'group.min.session.timeout.ms': 1_000 };
    const kafka = this.#bySize.get(brokers) ?? (await OwnKafka.start({ brokers, properties }));
    this.#bySize.set(brokers, kafka);
    return kafka;
  }

  async #drop(brokers: number): Promise<void> {
    await this.#bySize.get(brokers)?.stop();
    this.#bySize.delete(brokers);
  }
}
