/**
 * Remembers who coordinates a transaction and its group. kafkajs asks for it anew before each request to a coordinator: four times in a transaction, which has five requests that do
 * something. What is remembered is forgotten when a request fails, but for the one error that says nothing of the coordinator.
 */
import { replaceModule, type Load } from './modules.ts';

/** Whose coordinator; type 1 is that of transactions. */
interface Which {
  readonly groupId: string;
  readonly coordinatorType: number;
}

/** What of kafkajs's cluster its manager of transactions uses. */
export interface Coordinating {
  readonly retry: unknown;
  readonly refreshMetadataIfNecessary: () => Promise<void>;
  readonly findControllerBroker: () => Promise<unknown>;
  readonly findGroupCoordinator: (which: Which) => Promise<Broker>;
  /** Connected, or connected again. */
  readonly findBroker: (which: { readonly nodeId: NodeId }) => Promise<Broker>;
}

type NodeId = number | string;

interface Broker {
  readonly nodeId: NodeId;
}

/** kafkajs's manager of transactions: the calls that ask a coordinator for something. */
type Call = (...args: never[]) => Promise<unknown>;

const asking = ['initProducerId', 'addPartitionsToTransaction', 'sendOffsets', 'commit', 'abort'] as const;

export type Manager = Readonly<Record<(typeof asking)[number], Call>>;

interface Options<Cluster> {
  readonly cluster: Cluster;
}

type MakeManager<T extends Manager, Cluster> = (options: Options<Cluster>) => T;

/** @param load a `require` that finds kafkajs, of exactly the version that this was written for */
export function installCoordinators(load: Load): void {
  replaceModule(load, 'producer/eosManager', remembering);
}

export function remembering<T extends Manager>(
  original: MakeManager<T, Coordinators['cluster']>,
): MakeManager<T, Coordinating> {
  return (options) => {
    const memory = new Coordinators(options.cluster);
    const manager = original({ ...options, cluster: memory.cluster });
    const calls = asking.map((name) => [name, memory.during(manager[name])] as const);
    return { ...manager, ...(Object.fromEntries(calls) as unknown as Manager) };
  };
}

/** All are, but that the transaction before is still being ended. */
function isOfCoordinator(error: unknown): boolean {
  return !(error instanceof Error && 'type' in error && error.type === 'CONCURRENT_TRANSACTIONS');
}

class Coordinators {
  /** For kafkajs's manager. */
  readonly cluster: Omit<Coordinating, 'findBroker'>;
  readonly #known = new Map<string, NodeId>();
  /** In the call that is under way: who is asked for twice was no good. */
  readonly #asked = new Set<string>();

  constructor(cluster: Coordinating) {
    this.cluster = {
      retry: cluster.retry,
      refreshMetadataIfNecessary: () => cluster.refreshMetadataIfNecessary(),
      findControllerBroker: () => cluster.findControllerBroker(),
      findGroupCoordinator: (which) => this.#find(cluster, which),
    };
  }

  /** The call, with what is remembered as long as it is right. */
  during(call: Call): Call {
    return async (...args) => {
      this.#asked.clear();
      try {
        return await call(...args);
      } catch (error) {
        if (isOfCoordinator(error)) this.#known.clear();
        throw error;
      }
    };
  }

  async #find(cluster: Coordinating, which: Which): Promise<Broker> {
    const key = `${which.coordinatorType}/${which.groupId}`;
    const nodeId = this.#asked.has(key) ? undefined : this.#known.get(key);
    this.#asked.add(key);
    if (nodeId !== undefined) return cluster.findBroker({ nodeId });
    const broker = await cluster.findGroupCoordinator(which);
    this.#known.set(key, broker.nodeId);
    return broker;
  }
}
