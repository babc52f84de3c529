/** Questions to a Prometheus, over its HTTP API. */

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A series over a time: seconds since the epoch, and the value then. */
export interface Course {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [at: number, value: number])[];
}

/** In seconds; from and to since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface Target {
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Rule {
  readonly name: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  readonly state: 'inactive' | 'pending' | 'firing';
}

interface Answer<T> {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly data: T;
}

export class Prometheus {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The value of an expression now; of each series in it. @throws Error with what is wrong with it */
  async query(expr: string): Promise<Series[]> {
    interface Found {
      readonly resultType: 'vector' | 'scalar';
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly value: readonly [number, string];
      }[];
    }
    const { result } = await this.#get<Found>(
      `query?${new URLSearchParams({ query: expr }).toString()}`,
      expr,
    );
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** How an expression went over a time. @throws Error with what is wrong with it */
  async range(expr: string, { from, to, step }: Span): Promise<Course[]> {
    interface Found {
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly values: readonly (readonly [number, string])[];
      }[];
    }
    const asked = { query: expr, start: String(from), end: String(to), step: String(step) };
    const { result } = await this.#get<Found>(`query_range?${new URLSearchParams(asked).toString()}`, expr);
    return result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([at, value]) => [at, Number(value)] as const),
    }));
  }

  async targets(): Promise<readonly Target[]> {
    return (await this.#get<{ activeTargets: readonly Target[] }>('targets?state=active')).activeTargets;
  }

  async rules(): Promise<readonly Rule[]> {
    const { groups } = await this.#get<{ groups: readonly { rules: readonly Rule[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async #get<T>(path: string, asked = path): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${path}`);
    const answer = (await response.json()) as Answer<T>;
    if (answer.status === 'error') throw new Error(`Prometheus on ${asked}: ${answer.error ?? ''}`);
    return answer.data;
  }
}
