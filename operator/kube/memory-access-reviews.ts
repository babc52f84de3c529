import type { AccessReviews, NonResource, User } from './access-reviews.ts';
import { KubeError } from './port.ts';

/** The reviews of an API server in memory, for tests: who has which token, and which groups may do what. */
export class MemoryAccessReviews implements AccessReviews {
  /** What was asked, in order: `token one`, `get /metrics for tea`. */
  readonly asked: string[] = [];
  /** Whether the API server answers. */
  isAway = false;
  readonly #users = new Map<string, User>();
  readonly #rights = new Set<string>();

  /** @returns the token */
  admit(user: Pick<User, 'username'> & Partial<User>, token = `token-of-${user.username}`): string {
    this.#users.set(token, { groups: [], extra: {}, ...user });
    return token;
  }

  /** The token is nobody's from now on. */
  expel(token: string): void {
    this.#users.delete(token);
  }

  /** @param subject the name of a user or of a group */
  allow(subject: string, { verb, path }: NonResource): void {
    this.#rights.add(`${subject} ${verb} ${path}`);
  }

  forbid(subject: string, { verb, path }: NonResource): void {
    this.#rights.delete(`${subject} ${verb} ${path}`);
  }

  async userOf(token: string): Promise<User | undefined> {
    await this.#called(`token ${token}`);
    return this.#users.get(token);
  }

  async may({ username, groups }: User, { verb, path }: NonResource): Promise<boolean> {
    await this.#called(`${verb} ${path} for ${username}`);
    return [username, ...groups].some((subject) => this.#rights.has(`${subject} ${verb} ${path}`));
  }

  async #called(what: string): Promise<void> {
    this.asked.push(what);
    await new Promise((resolve) => setImmediate(resolve));
    if (this.isAway) throw new KubeError('transient', 'no answer from the API server: it is away');
  }
}
