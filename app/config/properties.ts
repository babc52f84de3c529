/**
 * The three ways in which Spring Cloud Data Flow hands properties to an app, read in Spring's order: command line
 * arguments first, then SPRING_APPLICATION_JSON, then the environment.
 *
 * Names are compared the relaxed way: case, dots, dashes and underscores do not count, so that
 * `SPRING_CLOUD_STREAM_BINDINGS_HOT_DRINK_DESTINATION` is `spring.cloud.stream.bindings.hot.drink.destination`.
 */

/** What a process is started with. */
export interface Sources {
  /** The command line without the program: `--key=value`; anything else is ignored. */
  readonly args: readonly string[];
  /** The text of SPRING_APPLICATION_JSON: nested or flat keys. */
  readonly springApplicationJson: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Properties by relaxed name. */
export interface Properties {
  /** The value of the first source that has one; an empty value and a placeholder `${…}` count as none. */
  readonly get: (name: string) => string | undefined;
  /** What could not be read, as sentences. */
  readonly problems: readonly string[];
}

type Table = ReadonlyMap<string, string>;

function relaxed(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** SCDF hands `${…}` to programs that do not resolve it; a Service in the namespace puts `tcp://…` into variables such as SERVER_PORT. */
function isMeant(value: string): boolean {
  return value !== '' && !value.includes('${') && !value.startsWith('tcp://');
}

function table(entries: Iterable<readonly [string, string]>): Table {
  const found = new Map<string, string>();
  for (const [name, value] of entries) {
    const text = value.trim();
    if (isMeant(text)) found.set(relaxed(name), text);
  }
  return found;
}

function fromArgs(args: readonly string[]): [string, string][] {
  return args.flatMap((arg): [string, string][] => {
    const equals = arg.indexOf('=');
    return arg.startsWith('--') && equals > 2 ? [[arg.slice(2, equals), arg.slice(equals + 1)]] : [];
  });
}

function fromEnv(env: Sources['env']): [string, string][] {
  return Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
}

/** Flattens nested objects to dotted names; a list of plain values becomes a comma list. */
function flatten(value: unknown, name: string): [string, string][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return [[name, value.map(String).join(',')]];
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, inner]) =>
      flatten(inner, name === '' ? key : `${name}.${key}`),
    );
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? [[name, String(value)]]
    : [];
}

interface Json {
  readonly entries: [string, string][];
  readonly problem?: string;
}

function fromJson(text: string | undefined): Json {
  if (text === undefined || text.trim() === '') return { entries: [] };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { entries: flatten(value, '') };
  } catch {
    // Falls through: not JSON at all and JSON that is no object are the same mistake to whoever set it.
  }
  return {
    entries: [],
    problem: 'SPRING_APPLICATION_JSON is not a JSON object: correct it or leave it out.',
  };
}

/** Joins the sources. Never throws. */
export function readProperties(sources: Sources): Properties {
  const json = fromJson(sources.springApplicationJson);
  const tables = [table(fromArgs(sources.args)), table(json.entries), table(fromEnv(sources.env))];
  return {
    get: (name) => tables.map((each) => each.get(relaxed(name))).find((value) => value !== undefined),
    problems: json.problem === undefined ? [] : [json.problem],
  };
}
