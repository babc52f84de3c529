/**
 * A copy that is never behind what this process itself knows. A watch tells of a write a moment later, and of nothing at all while its
 * connection is half-open: whoever goes on from the copy alone then plans on the past, and every write of his is a conflict.
 */
import { isOlder, keyText, withoutManagedFields } from './objects.ts';
import { KubeError, type KubeApi, type KubeObject, type ObjectKey, type Store } from './port.ts';

type Patch = KubeApi['patch'];

/** What the API server has answered about an object that the copy has in this version, until the copy has it too. */
type Answer = { readonly object: KubeObject } | { readonly goneSince: string | undefined };

export class FreshStore implements Store {
  readonly #copy: Store;
  readonly #keep: (object: KubeObject) => KubeObject;
  readonly #answers = new Map<string, Answer>();

  /** @param keep what the copy keeps of an object, so that it is the same from either; default: all but `managedFields` */
  constructor(copy: Store, keep: (object: KubeObject) => KubeObject = withoutManagedFields) {
    this.#copy = copy;
    this.#keep = keep;
  }

  get(key: ObjectKey): KubeObject | undefined {
    const name = keyText(key);
    const copied = this.#copy.get(key);
    const answer = this.#answers.get(name);
    // What is not in the copy is gone: whoever wrote it had it from there.
    if (answer !== undefined && copied !== undefined && isNewer(answer, copied)) {
      return 'object' in answer ? answer.object : undefined;
    }
    this.#answers.delete(name);
    return copied;
  }

  /** The copy has changed: what was known beyond it may be in it now, and would only take room. */
  caughtUp(before: KubeObject | undefined, after: KubeObject | undefined): void {
    const object = after ?? before;
    if (object === undefined) return;
    const name = keyText(object.metadata);
    const answer = this.#answers.get(name);
    if (answer === undefined || (after !== undefined && isNewer(answer, after))) return;
    this.#answers.delete(name);
  }

  /** How many objects are known to be other than in the copy. */
  get ahead(): number {
    return this.#answers.size;
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
          if (!(error instanceof KubeError)) throw error;
          if (error.kind === 'notFound') this.#mindGone(key);
          if (error.kind === 'conflict')
            await this.#read(key, api.get(kind, key, signal)).catch(() => undefined);
          throw error;
        }
      };
    return {
      get: (kind, key, signal) => this.#read(key, api.get(kind, key, signal)),
      create: (...args) => api.create(...args),
      replace: (...args) => api.replace(...args),
      patch: minded((...args) => api.patch(...args)),
      patchStatus: minded((...args) => api.patchStatus(...args)),
    };
  }

  async #read(key: ObjectKey, answer: Promise<KubeObject | undefined>): Promise<KubeObject | undefined> {
    const object = await answer;
    if (object !== undefined) return this.#mind(object);
    this.#mindGone(key);
    return undefined;
  }

  /** Answers about one object come one after the other: each key has one worker. */
  #mind(object: KubeObject): KubeObject {
    const name = keyText(object.metadata);
    const answer = { object: this.#keep(object) };
    const copied = this.#copy.get(object.metadata);
    // The watch may have been quicker.
    if (copied !== undefined && !isNewer(answer, copied)) this.#answers.delete(name);
    else this.#answers.set(name, answer);
    return object;
  }

  /** Until the watch tells something else. */
  #mindGone({ name, namespace }: ObjectKey): void {
    const key = namespace === undefined ? { name } : { namespace, name };
    const goneSince = this.#copy.get(key)?.metadata.resourceVersion;
    this.#answers.set(keyText(key), { goneSince });
  }
}

function isNewer(answer: Answer, { metadata: { resourceVersion } }: KubeObject): boolean {
  return 'object' in answer
    ? isOlder(resourceVersion, answer.object.metadata.resourceVersion)
    : answer.goneSince === resourceVersion;
}
