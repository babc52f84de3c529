/** Cuts a stream of bytes into lines; a line may come in any number of pieces. */
export class Lines {
  /** Bytes, not text: a piece may end in the middle of a character. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  readonly #longest: number;

  /** @param longest The longest line in bytes that is waited for; etcd keeps no object larger than about 1.5 MB. */
  constructor(longest = 32 * 1024 * 1024) {
    this.#longest = longest;
  }

  /** The lines that `piece` completes, without their ends and without empty ones. Throws RangeError on a line too long. */
  push(piece: Buffer): readonly string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, start)) {
      const line = this.#complete(piece.subarray(start, end));
      if (line.trim() !== '') lines.push(line);
      start = end + 1;
    }
    if (start < piece.length) this.#keep(piece.subarray(start));
    return lines;
  }

  /** Whether the stream would end in the middle of a line. */
  get unfinished(): boolean {
    return this.#restBytes > 0;
  }

  #complete(end: Buffer): string {
    if (this.#restBytes === 0) return end.toString('utf8');
    const line = Buffer.concat([...this.#rest, end]).toString('utf8');
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }

  #keep(piece: Buffer): void {
    this.#restBytes += piece.length;
    if (this.#restBytes > this.#longest) throw new RangeError(`a line is longer than ${this.#longest} bytes`);
    this.#rest.push(piece);
  }
}
