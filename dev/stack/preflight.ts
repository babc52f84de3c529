/** What must hold before anything is changed. Each thing that does not is one sentence that says what to do. */

/** What of the machine matters. */
export interface Machine {
  readonly linuxId: string;
  /** VERSION_ID of /etc/os-release. */
  readonly linuxVersion: string;
  readonly architecture: string;
  readonly user: number;
  /** Of these programs, the ones that are not on PATH. */
  readonly missing: readonly string[];
  /** What `go env GOVERSION` says, such as `go1.24.1`. */
  readonly go: string;
  /** Major version of the JDK, 0 when it cannot be told. */
  readonly java: number;
  readonly freeBytes: readonly { readonly folder: string; readonly bytes: number }[];
  /** Ports of the stack that are taken by others than its own parts. */
  readonly taken: readonly TakenPort[];
  /** The path of the work tree. */
  readonly root: string;
}

export interface TakenPort {
  readonly port: number;
  readonly purpose: string;
  /** `name (pid 12)`, when it can be told. */
  readonly by: string | undefined;
  /** The work tree whose stack has it, when it is one. */
  readonly tree?: string | undefined;
}

/** How each required program is got, when apt is not enough or not ours to use. */
export const requiredPrograms: Readonly<Record<string, string>> = {
  go: 'install Go 1.24 or later and put its bin folder on PATH',
  javac: 'install a JDK 17 (apt-get install openjdk-17-jdk-headless)',
  jlink: 'install a JDK 17 (apt-get install openjdk-17-jdk-headless)',
  mvn: 'install Maven (apt-get install maven)',
  npm: 'install npm, which comes with Node.js',
  'apt-get': 'use Debian 12, whose packages the stack is made of',
};

const gigabyte = 1024 ** 3;
const neededBytes = 6 * gigabyte;

/** A Unix socket's path has at most 107 characters; ours are this much longer than the work tree's. */
const longestRoot = 107 - '/.stack/data/kubelet/device-plugins/kubelet.sock'.length;

/** The sentences for whoever wants the stack on this machine; empty when all is well. */
export function complaints(machine: Machine): string[] {
  return [
    ...system(machine),
    ...tools(machine),
    ...machine.freeBytes.flatMap(({ folder, bytes }) => disk(folder, bytes)),
    ...(machine.user === 0 ? ports(machine.taken) : []),
  ];
}

function system({ linuxId, linuxVersion, architecture, user, root }: Machine): string[] {
  const sentences: string[] = [];
  if (linuxId !== 'debian' || linuxVersion !== '12') {
    const found = `${linuxId || 'this system'} ${linuxVersion}`.trim();
    sentences.push(
      `The stack is made of the packages of Debian 12, and this is ${found}: run it on Debian 12, or set KUBECONFIG, DATAFLOW_URI and KAFKA_BROKERS to use your own.`,
    );
  }
  if (architecture !== 'x64' && architecture !== 'arm64') {
    sentences.push(`The processor is ${architecture}: use an x64 or arm64 machine.`);
  }
  if (user !== 0) sentences.push('The stack starts containers and sets up a network: run this as root.');
  if (root.length > longestRoot) {
    sentences.push(
      `The path ${root} is too long for the Unix sockets below it: move the work tree to a path of at most ${longestRoot} characters.`,
    );
  }
  return sentences;
}

function tools({ missing, go, java }: Machine): string[] {
  const sentences = missing.map((name) => `${name} is missing: ${requiredPrograms[name] ?? 'install it'}.`);
  if (!missing.includes('go') && goIsTooOld(go)) {
    sentences.push(`Go is ${go === '' ? 'of an unknown version' : go}: install Go 1.24 or later.`);
  }
  if (!missing.includes('javac') && java < 17) {
    sentences.push(`The JDK is version ${java}: install JDK 17 (apt-get install openjdk-17-jdk-headless).`);
  }
  return sentences;
}

function goIsTooOld(version: string): boolean {
  const [, major = 0, minor = 0] = /^go(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  return major < 1 || (major === 1 && minor < 24);
}

function disk(folder: string, bytes: number): string[] {
  if (bytes >= neededBytes) return [];
  const free = (bytes / gigabyte).toFixed(1);
  return [`Only ${free} GB are free where ${folder} is, and the stack needs 6 GB: free some space there.`];
}

function ports(taken: readonly TakenPort[]): string[] {
  const trees = new Set(taken.flatMap(({ tree }) => tree ?? []));
  const others = taken.filter(({ tree }) => tree === undefined);
  return [
    ...[...trees].map(
      (tree) => `The stack of ${tree} runs on this machine: run make stack-down there first.`,
    ),
    ...others.map(
      ({ port, purpose, by }) =>
        `Port ${port} (${purpose}) is taken by ${by ?? 'another process'}: stop that first.`,
    ),
  ];
}
