/**
 * A copy that is never behind what this process itself knows. A watch tells of a write a moment later, and of nothing at all while its
 * connection is half-open: whoever goes on from the copy alone then plans on the past, and every write of his is a conflict.
 */
import { isOlder, keyText, withoutManagedFields } from './objects.ts';
import { KubeError, type KubeApi, type KubeObject, type ObjectKey, type Store } from './port.ts';

type Patch = KubeApi['patch'];

export class FreshStore implements Store {
  readonly #copy: Store;
  /** What the API server has answered, until the copy has it too. */
  readonly #answers = new Map<string, KubeObject>();

  constructor(copy: Store) {
    this.#copy = copy;
  }

  get(key: ObjectKey): KubeObject | undefined {
    const name = keyText(key);
    const copied = this.#copy.get(key);
    const answered = this.#answers.get(name);
    if (answered === undefined) return copied;
    // What is not in the copy is gone: whoever wrote it had it from there.
    if (copied !== undefined && isOlder(copied.metadata.resourceVersion, answered.metadata.resourceVersion)) {
      return answered;
    }
    this.#answers.delete(name);
    return copied;
  }

  list(): readonly KubeObject[] {
    return this.#copy.list();
  }

  /** The same calls, and their answers are kept in mind. After a conflict the object is read anew. */
  through(api: KubeApi): KubeApi {
    const minded =
      (patch: Patch): Patch =>
      async (kind, key, body, signal) => {
        try {
          return this.#mind(await patch(kind, key, body, signal));
        } catch (error) {
          const isBehind = error instanceof KubeError && error.kind === 'conflict';
          if (isBehind) await this.#read(api.get(kind, key, signal)).catch(() => undefined);
          throw error;
        }
      };
    return {
      get: (...args) => this.#read(api.get(...args)),
      create: (...args) => api.create(...args),
      replace: (...args) => api.replace(...args),
      patch: minded((...args) => api.patch(...args)),
      patchStatus: minded((...args) => api.patchStatus(...args)),
    };
  }

  async #read(answer: Promise<KubeObject | undefined>): Promise<KubeObject | undefined> {
    const object = await answer;
    return object === undefined ? undefined : this.#mind(object);
  }

  /** Answers about one object come one after the other: each key has one worker. */
  #mind(object: KubeObject): KubeObject {
    this.#answers.set(keyText(object.metadata), withoutManagedFields(object));
    return object;
  }
}
